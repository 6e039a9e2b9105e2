import { isAscii } from 'node:buffer'
import { encodeBase64Lines } from '../../base64-lines.js'
import { decodeWords } from '../../decode-words.js'
import type { HeaderField, MimeEntity } from '../../mail.js'
import { headerBytes } from '../../mime.js'
import { fieldOf, type MimeNode } from '../../mime-node.js'
import { contentOf } from './content-of.js'
import { type Edit, editBody, startOfBody } from './edit-body.js'
import { mainBodyParts } from './main-body.js'
import { readContentType, withParameter } from './read-content-type.js'

/**
 * The entity with hidden fields repeated at the top of its text and its HTML, for mail programs that decrypt
 * and know nothing of header protection (RFC 9788, sections 5.2.2 and 5.2.3). Others do not show them twice: the
 * parts are marked with `hp-legacy-display`.
 *
 * Text that begins beyond the first megabytes of the entity, or is in a character set that cannot say them,
 * stays as it is.
 */
export async function withLegacyDisplay(
  entity: MimeEntity,
  hidden: readonly HeaderField[],
): Promise<MimeEntity> {
  const lines = hidden.map(({ name, value }) => `${name}: ${oneLine(decodeWords(value))}`)
  if (lines.length === 0) return entity
  const { text, isWhole } = await startOfBody(entity, FURTHEST)
  const edits: Edit[] = []
  let headers = entity.headers
  for (const part of mainBodyParts(entity.headers, text, isWhole)) {
    const shown = withDisplay(part, text.slice(part.bodyStart, part.bodyEnd), lines)
    if (!shown) continue
    if (part.headerStart === null) headers = shown.headers
    const header = part.headerStart === null ? '' : `${headerBytes(shown.headers).toString('latin1')}\r\n`
    edits.push({
      start: part.headerStart ?? 0,
      end: part.bodyEnd,
      replacement: Buffer.from(header + shown.body, 'latin1'),
    })
  }
  return edits.length === 0 ? entity : { headers, body: editBody(entity.body, edits) }
}

/** One part with the fields at its top, in base64, which bears whatever they say. */
function withDisplay(
  { headers }: MimeNode,
  body: string,
  lines: readonly string[],
): { headers: readonly HeaderField[]; body: string } | null {
  const contentType = fieldOf(headers, 'content-type') ?? 'text/plain; charset=us-ascii'
  const { type, parameters } = readContentType(contentType)
  const charset = parameters.get('charset')?.toLowerCase() ?? 'us-ascii'
  const content = contentOf(body, fieldOf(headers, 'content-transfer-encoding'))
  const display = type === 'text/html' ? htmlDisplay(lines) : `${lines.join('\r\n')}\r\n\r\n`
  const plainAscii = isAscii(Buffer.from(display))
  // Elsewhere, UTF-8 among ISO-8859-1 would be read as something else, and ASCII among UTF-16 too.
  if (
    content === null ||
    !(charset in KNOWN_CHARSETS) ||
    !(plainAscii || KNOWN_CHARSETS[charset] === 'utf-8')
  )
    return null
  const place = type === 'text/html' ? startOfHtmlBody(content.toString('latin1')) : 0
  const shown = Buffer.concat([content.subarray(0, place), Buffer.from(display), content.subarray(place)])
  const inUtf8 = plainAscii ? contentType : withParameter(contentType, 'charset', 'utf-8')
  const others = headers.filter(({ name }) => !/^content-(?:type|transfer-encoding)$/i.test(name))
  return {
    headers: [
      { name: 'Content-Type', value: withParameter(inUtf8, 'hp-legacy-display', '1') },
      ...others,
      { name: 'Content-Transfer-Encoding', value: 'base64' },
    ],
    body: encodeBase64Lines(shown).toString('latin1'),
  }
}

function htmlDisplay(lines: readonly string[]): string {
  const text = lines.map(escapeHtml).join('\r\n')
  return `<div class="header-protection-legacy-display"><pre style="white-space: pre-wrap">${text}</pre></div>`
}

/** In ASCII alone, so that it is the same in every character set (RFC 9788, section 10.3). */
function escapeHtml(text: string): string {
  return text.replace(/[<>&"']|[^\x20-\x7e]/gu, (character) => `&#${character.codePointAt(0)};`)
}

/** Behind the body's start tag; where there is none, behind what comes before the body. */
function startOfHtmlBody(html: string): number {
  let place = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at + 4)
      if (end < 0) return place
      at = end
      continue
    }
    TAG.lastIndex = at
    const tag = TAG.exec(html)
    if (!tag) continue
    place = TAG.lastIndex
    if (tag[1]?.toLowerCase() === 'body') return place
    at = place - 1
  }
  return place
}

/** Nothing in a field may end a line: what follows would be shown as the mail's own words (RFC 9788, section 10.3). */
function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

const FURTHEST = 4 * 1024 * 1024
const KNOWN_CHARSETS: Readonly<Record<string, 'utf-8' | 'other'>> = {
  'utf-8': 'utf-8',
  'us-ascii': 'utf-8',
  'iso-8859-1': 'other',
  'iso-8859-15': 'other',
  'windows-1252': 'other',
}
/** The tags that come before the content of the body, and the body's own. */
const TAG = /<(body|\/head|html|!doctype)(?=[\s>])(?:"[^"]*"|'[^']*'|[^"'>])*>/iy
