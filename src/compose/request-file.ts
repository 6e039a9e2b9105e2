import { basename, resolve } from 'node:path'
import { decodeBase64 } from '../decode-base64.js'
import { IncidentMailerError } from '../errors.js'
import type { RequestAttachment } from '../mail.js'
import { quoted } from '../quoted.js'
import { type FileOutcome, readAllowedFile } from './allowed-file.js'
import { type Attachment, type AttachmentOptions, LARGEST } from './attachment.js'
import { safeFileName } from './file-name.js'
import { refuseInjection } from './header-field.js'
import { imageTypeOf } from './image-type.js'
import { isMediaType } from './media-type.js'
import { fileEndingOf, mediaTypeOf } from './mime-codecs.js'

/**
 * Reads a file that the request itself brings along.
 *
 * @throws {@link IncidentMailerError} `INVALID_REQUEST`, `HEADER_INJECTION`, `FORBIDDEN_PATH`,
 * `FILE_NOT_FOUND` or `FILE_UNREADABLE`, naming the field.
 */
export async function readRequestFile(
  asked: RequestAttachment,
  field: string,
  options: AttachmentOptions,
): Promise<Attachment> {
  for (const key of ['name', 'contentType', 'cid'] as const)
    refuseInjection(`${field}.${key}`, asked[key] ?? '')
  if ((asked.path === undefined) === (asked.content === undefined))
    throw invalid(field, `${field} needs either a path or a content, and not both`)
  if (asked.contentType !== undefined && !isMediaType(asked.contentType))
    throw invalid(
      `${field}.contentType`,
      `${field}.contentType: ${quoted(asked.contentType)} is not a media type of a file; write one like application/pdf`,
    )
  const cid = asked.cid === undefined ? null : readCid(asked.cid, `${field}.cid`)
  const content =
    asked.path === undefined
      ? readContent(asked.content, `${field}.content`)
      : await readPath(asked.path, `${field}.path`, options)
  const named = asked.name ?? (asked.path === undefined ? '' : basename(asked.path))
  const contentType = asked.contentType ?? defaultType(named, content)
  const name = named === '' ? `attachment.${fileEndingOf(contentType)}` : safeFileName(named)
  return { name, contentType, cid, content }
}

/** By the name's ending; where it says nothing, an image is known by its first bytes. */
function defaultType(name: string, content: Uint8Array): string {
  const byName = mediaTypeOf(name)
  return byName === 'application/octet-stream' ? (imageTypeOf(content) ?? byName) : byName
}

function readCid(text: string, field: string): string {
  const cid = text.replace(/^<(.*)>$/, '$1')
  if (cid.length <= LONGEST_CID && CID.test(cid)) return cid
  throw invalid(field, `${field}: ${quoted(text)} is not a Content-ID; write letters, digits, dots and one @`)
}

function readContent(content: RequestAttachment['content'], field: string): Uint8Array {
  const bytes = typeof content === 'string' ? decodeBase64(content) : content
  if (bytes instanceof Uint8Array) return bytes
  throw invalid(
    field,
    `${field} is not base64; encode the file's bytes with the standard alphabet and padding`,
  )
}

async function readPath(path: string, field: string, options: AttachmentOptions): Promise<Uint8Array> {
  const { folders, signal } = options
  const outcome = await readAllowedFile(resolve(folders[0] ?? '.', path), {
    folders,
    largest: LARGEST,
    signal,
  })
  if ('content' in outcome) return outcome.content
  throw fileError(outcome.problem, path, field)
}

/** The error of a file that could not be read. */
export function fileError(
  problem: Extract<FileOutcome, { problem: string }>['problem'],
  path: string,
  field: string,
): IncidentMailerError {
  const file = `${field}: the file ${quoted(path)}`
  if (problem === 'forbidden')
    return new IncidentMailerError(
      'FORBIDDEN_PATH',
      `${file} does not lie under an allowed folder; move it there, or name its folder in attachmentFolders`,
      { field },
    )
  if (problem === 'missing')
    return new IncidentMailerError('FILE_NOT_FOUND', `${file} does not exist; correct the path`, { field })
  if (problem === 'too large')
    return new IncidentMailerError(
      'TOO_LARGE',
      `${file} has more than ${LARGEST} octets, which is more than a mail can take; send a link instead`,
      { field },
    )
  return new IncidentMailerError(
    'FILE_UNREADABLE',
    `${file} cannot be read; it has to be a regular file that this process may read`,
    { field },
  )
}

function invalid(field: string, message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_REQUEST', message, { field })
}

const LONGEST_CID = 200
// RFC 2392, section 2, less strictly: cids without an @ are everywhere.
const CID = /^[\w!#$%&'*+/=?^`{|}~.@-]+$/
