import { randomUUID } from 'node:crypto'
import { encodeBase64Lines } from '../base64-lines.js'
import type { HeaderField, MimeEntity } from '../mail.js'
import { headerBytes } from '../mime.js'
import { foldedField } from './header-field.js'
import { fileMediaType } from './media-type.js'
import { parameter } from './parameter.js'
import { quotedPrintable, quotedPrintableSize } from './quoted-printable.js'

/** A file in a mail. */
export interface FilePart {
  /** As the recipient sees it; made safe (`safeFileName`). */
  readonly name: string
  readonly contentType: string
  readonly content: Uint8Array
}

/** An image that the HTML shows by its Content-ID (RFC 2392). */
export interface InlinePart extends FilePart {
  /** Without its angle brackets. */
  readonly cid: string
}

/** What a mail is made of. */
export interface MailContent {
  readonly text: string
  readonly html: string | null
  readonly images: readonly InlinePart[]
  readonly attachments: readonly FilePart[]
}

/**
 * Writes the tree, with only the levels that this mail needs:
 *
 *     mixed ( alternative ( text, related ( html, images ) ), attachments )
 *
 * The result is what a signature can cover on any way (RFC 8551, section 3.1): 7-bit, canonical CRLF, text in
 * quoted-printable or base64, files in base64.
 */
export function mimeTree({ text, html, images, attachments }: MailContent): MimeEntity {
  const body = html === null ? textNode('plain', text) : alternative(text, htmlNode(html, images))
  const { headers, chunks } =
    attachments.length === 0 ? body : multipart('mixed', [body, ...attachments.map(attachmentNode)])
  return { headers, body: () => chunks }
}

interface Node {
  readonly headers: readonly HeaderField[]
  readonly chunks: readonly Buffer[]
}

/** The best comes last (RFC 2046, section 5.1.4). A plain text that says nothing is no alternative. */
function alternative(text: string, html: Node): Node {
  return text.trim() === '' ? html : multipart('alternative', [textNode('plain', text), html])
}

/** The HTML with the images it shows (RFC 2387). */
function htmlNode(html: string, images: readonly InlinePart[]): Node {
  const node = textNode('html', html)
  return images.length === 0
    ? node
    : multipart('related', [node, ...images.map(inlineNode)], '; type="text/html"')
}

function textNode(subtype: 'plain' | 'html', text: string): Node {
  const bytes = canonicalBytes(text)
  // As with encoded words: Latin text stays half readable, and the rest is shorter in base64.
  const asBase64 = quotedPrintableSize(bytes) > bytes.length * 1.8
  return {
    headers: [
      { name: 'Content-Type', value: `text/${subtype}; charset=utf-8` },
      { name: 'Content-Transfer-Encoding', value: asBase64 ? 'base64' : 'quoted-printable' },
    ],
    chunks: [asBase64 ? encodeBase64Lines(bytes) : quotedPrintable(bytes)],
  }
}

function attachmentNode(part: FilePart): Node {
  return fileNode(part, 'attachment', [])
}

function inlineNode(part: InlinePart): Node {
  return fileNode(part, 'inline', [{ name: 'Content-ID', value: `<${part.cid}>` }])
}

function fileNode(
  { name, contentType, content }: FilePart,
  disposition: 'attachment' | 'inline',
  more: readonly HeaderField[],
): Node {
  return {
    headers: [
      foldedField('Content-Type', fileMediaType(contentType)),
      { name: 'Content-Disposition', value: disposition + parameter('filename', name) },
      ...more,
      { name: 'Content-Transfer-Encoding', value: 'base64' },
    ],
    chunks: [encodeBase64Lines(content)],
  }
}

function multipart(subtype: string, children: readonly Node[], parameters = ''): Node {
  // Neither encoding can produce "=_" (RFC 2045, section 6.7), so no content can hold the boundary.
  const boundary = `=_${randomUUID()}`
  const chunks = children.flatMap((child, index) => [
    Buffer.from(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n`),
    headerBytes(child.headers),
    CRLF,
    ...child.chunks,
  ])
  return {
    headers: [foldedField('Content-Type', `multipart/${subtype}${parameters}; boundary="${boundary}"`)],
    chunks: [...chunks, Buffer.from(`\r\n--${boundary}--\r\n`)],
  }
}

/** Line ends as mail has them (RFC 2046, section 4.1.1), also after the last line. */
function canonicalBytes(text: string): Buffer {
  const canonical = text.includes('\r') ? text.replace(/\r\n|\r|\n/g, '\r\n') : text.replaceAll('\n', '\r\n')
  return Buffer.from(canonical === '' || canonical.endsWith('\r\n') ? canonical : `${canonical}\r\n`)
}

const CRLF = Buffer.from('\r\n')
