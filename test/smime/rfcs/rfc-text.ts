/**
 * Reads what stands in the plain text of an RFC: messages and keys, which are not ours to check in.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PemBlock, readPem } from '../../../src/smime/encoding/pem.js'

/** A numbered section, without the sections in it. */
export interface RfcSection {
  /** `C.3.1`. */
  readonly number: string
  readonly title: string
  /** Its lines, without the indentation of the whole text. */
  readonly lines: readonly string[]
}

/** The folder that SMIME_RFCS names, with files like `rfc9788.txt`; undefined where nobody has one. */
export const rfcs = process.env.SMIME_RFCS

/** The sections of an RFC in that folder; none without a folder. */
export function rfcSections(file: string): RfcSection[] {
  return rfcs === undefined ? [] : sectionsOf(readFileSync(join(rfcs, file), 'utf8'))
}

/** The sections of a text (RFC 7994, section 4, and the paginated form before it). */
export function sectionsOf(text: string): RfcSection[] {
  const sections: { number: string; title: string; lines: string[] }[] = []
  let inTitle = false
  for (const line of withoutPages(text)) {
    const [, number, title] = HEADING.exec(line) ?? []
    if (number !== undefined && title !== undefined) {
      sections.push({ number, title, lines: [] })
      inTitle = true
      continue
    }
    const section = sections.at(-1)
    if (!section) continue
    if (line.trim() === '') inTitle = false
    // What follows the last section, such as an appendix.
    if (/^\S/.test(line)) sections.push({ number: '', title: line, lines: [] })
    else if (inTitle) section.title += ` ${line.trim()}`
    else section.lines.push(line.replace(/^ {3}/, ''))
  }
  return sections
}

/** A number at the margin, two spaces, the title; the table of contents is indented. */
const HEADING = /^((?:[A-Z]|\d+)(?:\.\d+)*)\.\s+(\S.*)$/

function withoutPages(text: string): string[] {
  const pageEnd = /\n+[^\n]*\[Page \d+\]\n+\f?\n?RFC \d+ [^\n]*\n+/g
  return text
    .replace(/^\ufeff/, '')
    .replace(/\r\n/g, '\n')
    .replace(pageEnd, '\n\n')
    .split('\n')
}

/**
 * The message or entity that a section shows after a line that ends with a colon, in canonical CRLF; null where
 * it shows none. An RFC's lines have no space at their end, which a signature's separator (RFC 3676, section 4.3)
 * has.
 */
export function shownIn({ lines }: RfcSection): Buffer | null {
  const before = lines.findLastIndex((line) => /(?:contents are|unwraps to)\b.*:$/.test(line))
  if (before < 0) return null
  const shown = lines
    .slice(before + 1)
    .join('\n')
    .trim()
  return Buffer.from(`${shown}\n`.replace(/^--$/gm, '-- ').replace(/\n/g, '\r\n'))
}

/** The armoured block in the section of that number. */
export function pemIn(sections: readonly RfcSection[], wanted: string): PemBlock {
  const section = sections.find(({ number }) => number === wanted)
  const lines = section?.lines.map((line) => line.trim()) ?? []
  const [block] = readPem(lines.join('\n'))
  if (!block) throw new Error(`there is nothing armoured in section ${wanted}`)
  return block
}
