import { resolve } from 'node:path'
import { decodeBase64 } from '../decode-base64.js'
import { IncidentMailerError } from '../errors.js'
import type { IncidentAttachment } from '../incident/incident.js'
import type { RenderedMail, Warning } from '../mail.js'
import { quoted } from '../quoted.js'
import { readAllowedFile } from './allowed-file.js'
import { type Attachment, type AttachmentOptions, LARGEST } from './attachment.js'
import { safeFileName } from './file-name.js'
import { isMediaType } from './media-type.js'
import { mediaTypeOf } from './mime-codecs.js'
import { fileError } from './request-file.js'

/**
 * Reads a file of the incident's. What it is called and said to be comes from whoever sent it, so an odd name
 * or media type is made harmless rather than refused: it must not keep a mail from being sent.
 *
 * @throws {@link IncidentMailerError} `FORBIDDEN_PATH`, `INVALID_INCIDENT`; with `strictAttachments` also
 * `FILE_NOT_FOUND` and `FILE_UNREADABLE`.
 */
export async function readIncidentFile(
  file: IncidentAttachment,
  mail: RenderedMail,
  options: AttachmentOptions,
): Promise<{ attachment?: Attachment; warning?: Warning }> {
  const content = await readContent(file, mail, options)
  if (!(content instanceof Uint8Array)) return { warning: content }
  const name = safeFileName(file.name)
  const contentType = file.contentType ?? mediaTypeOf(name)
  return {
    attachment: {
      name,
      contentType: isMediaType(contentType) ? contentType : 'application/octet-stream',
      content,
      cid: null,
    },
  }
}

async function readContent(
  file: IncidentAttachment,
  mail: RenderedMail,
  { folders, signal }: AttachmentOptions,
): Promise<Uint8Array | Warning> {
  const field = 'attachments'
  if (file.content !== undefined) {
    const bytes = decodeBase64(file.content)
    if (bytes) return bytes
    throw new IncidentMailerError(
      'INVALID_INCIDENT',
      `${field}: the incident's file ${quoted(file.name)} has a content that is not base64; correct it`,
      { field },
    )
  }
  if (file.path === undefined)
    return unavailable(file, 'has neither a path nor a content', mail.request.strictAttachments)

  const own = trustedFolder(mail)
  const path = resolve(own ?? folders[0] ?? '.', file.path)
  const outcome = await readAllowedFile(path, {
    folders: own ? [...folders, own] : folders,
    largest: LARGEST,
    signal,
  })
  if ('content' in outcome) return outcome.content
  const error = fileError(outcome.problem, file.path, field)
  if (outcome.problem === 'forbidden' || outcome.problem === 'too large' || mail.request.strictAttachments)
    throw error
  return { code: 'UNKNOWN_ATTACHMENT', message: error.message }
}

/** The incident's folder, where its source says so. A job that brings its own incident cannot open a folder. */
function trustedFolder({ request, incident }: RenderedMail): string | null {
  return typeof request.incident === 'object' ? null : (incident?.folder ?? null)
}

function unavailable(file: IncidentAttachment, reason: string, strict: boolean | undefined): Warning {
  const message = `attachments: the incident's file ${quoted(file.name)} ${reason}, and is left out`
  if (strict) throw new IncidentMailerError('UNKNOWN_ATTACHMENT', message, { field: 'attachments' })
  return { code: 'UNKNOWN_ATTACHMENT', message }
}
