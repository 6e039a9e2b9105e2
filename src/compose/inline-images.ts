import { createHash } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { decodeBase64 } from '../decode-base64.js'
import type { Warning } from '../mail.js'
import { throwIfAborted } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { readAllowedFile } from './allowed-file.js'
import type { Attachment } from './attachment.js'
import { safeFileName } from './file-name.js'
import { decodePercent, findReferences, type HtmlReferences, replacePlaces } from './html-references.js'
import { imageTypeOf, isImageName } from './image-type.js'
import { fileEndingOf } from './mime-codecs.js'
import type { FilePart, InlinePart } from './mime-tree.js'

/** Where images come from. */
export interface ImageOptions {
  /** The folder of the template, under which local images lie; null for HTML that has none. */
  readonly folder: string | null
  /** The sender's domain, in which Content-IDs are made. */
  readonly domain: string
  readonly signal?: AbortSignal | undefined
}

/** HTML with its images, and the files that are none of them. */
export interface Illustrated {
  readonly html: string | null
  readonly images: readonly InlinePart[]
  readonly attachments: readonly FilePart[]
  readonly warnings: readonly Warning[]
}

/**
 * Makes each image that the HTML shows a part of its own: attachments that it names by `cid:`, `data:` URIs,
 * and local files under the template's folder. What is remote stays so.
 *
 * An incident's text may end up in the HTML, so a local file has to be an image by name and by content: no
 * `<img src="soc.p12">` attaches a key.
 */
export async function inlineImages(
  html: string | null,
  attachments: readonly Attachment[],
  options: ImageOptions,
): Promise<Illustrated> {
  const references: HtmlReferences =
    html === null ? { images: [], cids: new Set() } : await findReferences(html)
  const { warnings, ...shown } = sortByUse(attachments, references)
  const collector = createCollector(options)
  const places: { start: number; end: number; text: string }[] = []
  for (const { url, start, end } of references.images) {
    throwIfAborted(options.signal)
    const cid = await collector.cidOf(url)
    if (cid !== null) places.push({ start, end, text: `cid:${cid}` })
  }
  return {
    html: html === null ? null : replacePlaces(html, places),
    images: [...shown.images, ...collector.parts],
    attachments: shown.attachments,
    warnings: [...warnings, ...collector.warnings],
  }
}

/** Tells attachments that the HTML shows from those to be opened, and warns where the two do not match. */
function sortByUse(attachments: readonly Attachment[], { cids }: HtmlReferences) {
  const images: InlinePart[] = []
  const rest: FilePart[] = []
  const warnings: Warning[] = []
  const known = new Set<string>()
  for (const { cid, ...file } of attachments) {
    if (cid !== null && cids.has(cid)) images.push({ ...file, cid })
    else rest.push(file)
    if (cid === null) continue
    known.add(cid)
    if (!cids.has(cid))
      warnings.push({
        code: 'UNUSED_CID',
        message: `the HTML does not show cid:${cid}, so ${quoted(file.name)} goes as an ordinary attachment`,
      })
  }
  for (const cid of [...cids].filter((cid) => !known.has(cid)).slice(0, MOST))
    warnings.push({
      code: 'UNKNOWN_CID',
      message: `the HTML shows ${quoted(`cid:${cid}`)}, which no attachment has`,
    })
  return { images, attachments: rest, warnings }
}

function createCollector({ folder, domain, signal }: ImageOptions) {
  const cids = new Map<string, string | null>()
  const parts: InlinePart[] = []
  const warnings: Warning[] = []
  let looked = 0

  const warn = (code: 'IMAGE_NOT_FOUND' | 'IMAGE_IGNORED', url: string, reason: string) => {
    warnings.push({ code, message: `the image ${quoted(url)} ${reason}; the HTML keeps it as it is` })
    return null
  }
  const addPart = (content: Buffer, name: string, url: string): string | null => {
    const contentType = imageTypeOf(content)
    if (contentType === null) return warn('IMAGE_IGNORED', url, 'is no PNG, JPEG, GIF or WebP')
    const digest = createHash('sha256').update(content).digest('hex').slice(0, 32)
    const cid = `${digest}@${domain.replace(/[[\]:]/g, '')}`
    if (!parts.some((part) => part.cid === cid))
      parts.push({
        cid,
        name: name || `image-${parts.length + 1}.${fileEndingOf(contentType)}`,
        contentType,
        content,
      })
    return cid
  }
  const readData = (url: string): string | null => {
    const [, data = ''] = DATA_URL.exec(url) ?? []
    const content = decodeBase64(decodePercent(data))
    return content ? addPart(content, '', url) : warn('IMAGE_IGNORED', url, 'is no image in base64')
  }
  const readLocal = async (url: string): Promise<string | null> => {
    if (folder === null)
      return warn('IMAGE_NOT_FOUND', url, 'is a local file, and there is no template folder')
    const path = resolve(folder, decodePercent(url.replace(/[?#].*$/s, '')))
    if (!isImageName(path)) return warn('IMAGE_IGNORED', url, 'is not named like a PNG, JPEG, GIF or WebP')
    const outcome = await readAllowedFile(path, { folders: [folder], largest: LARGEST, signal })
    if ('content' in outcome) return addPart(outcome.content, safeFileName(basename(path)), url)
    if (outcome.problem === 'missing') return warn('IMAGE_NOT_FOUND', url, "is not in the template's folder")
    if (outcome.problem === 'too large') return warn('IMAGE_IGNORED', url, `has more than ${LARGEST} octets`)
    const reason = outcome.problem === 'forbidden' ? "lies outside the template's folder" : 'cannot be read'
    return warn('IMAGE_IGNORED', url, reason)
  }
  const find = async (url: string): Promise<string | null> => {
    const isData = /^data:/i.test(url)
    const isFile = /^file:|^[a-z]:[\\/]/i.test(url)
    if (!isData && !isFile && /^[a-z][a-z\d+.-]*:|^[/\\#?]|^$/i.test(url)) return null
    if (++looked > MOST)
      return looked === MOST + 1
        ? warn('IMAGE_IGNORED', url, `and what follows is too much; a mail takes ${MOST} images`)
        : null
    if (isData) return readData(url)
    if (isFile) return warn('IMAGE_IGNORED', url, 'is not relative')
    return await readLocal(url)
  }
  return {
    parts,
    warnings,
    /** The Content-ID of the image that is there now, or null where the HTML stays as it is. */
    async cidOf(url: string): Promise<string | null> {
      const before = cids.get(url)
      if (before !== undefined) return before
      const cid = await find(url)
      cids.set(url, cid)
      return cid
    },
  }
}

// Octets of one local image, and how many different images: beyond it, someone is trying something.
const LARGEST = 5 * 1024 * 1024
const MOST = 200
const DATA_URL = /^data:image\/[\w.+-]+(?:;[\w.+-]+=[\w.+-]+)*;base64,(.*)$/is
