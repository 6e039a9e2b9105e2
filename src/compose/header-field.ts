import { IncidentMailerError } from '../errors.js'
import type { HeaderField } from '../mail.js'
import { encodedWords } from './mime-codecs.js'

/**
 * Refuses a line break or NUL in what goes into a header field: it would end the field and begin another of
 * the attacker's own (RFC 5322, section 2.2).
 */
export function refuseInjection(field: string, value: string): void {
  if (!/[\r\n\0]/.test(value)) return
  throw new IncidentMailerError(
    'HEADER_INJECTION',
    `${field} holds a line break or a NUL, which no header field can carry; put it on one line`,
    { field },
  )
}

/** Text as a header can show it: whole characters, and a space where a control character was. */
export function cleanText(text: string): string {
  return text.replace(LONE_SURROGATES, '\ufffd').replace(CONTROLS, ' ').trim()
}

/** A person's or a file's name: as `cleanText`, and nothing in it turns the reading direction around. */
export function cleanName(name: string): string {
  return cleanText(name.replace(DIRECTION_CONTROLS, '')).replace(/\s+/g, ' ')
}

/**
 * A field of free text (RFC 5322, section 2.2.1), in encoded words where ASCII cannot say it, where it looks
 * like an encoded word itself, or where a word has more characters than `longestWord`.
 */
export function textField(name: string, text: string, longestWord = LINE - name.length - 2): HeaderField {
  const clean = cleanText(text)
  const words = clean.match(WORDS) ?? []
  const plain =
    PRINTABLE.test(clean) && !clean.includes('=?') && words.every(({ length }) => length <= longestWord)
  return foldedField(name, plain ? clean : encodedWords(clean, wordRoom(name)))
}

/**
 * A field folded before white space so that its lines stay within 76 characters, where its words allow it:
 * RFC 5322 (section 2.1.1) would let them have 78, but not one with encoded words (RFC 2047, section 2).
 */
export function foldedField(name: string, value: string): HeaderField {
  let folded = ''
  let column = name.length + 2
  for (const [index, word] of (value.match(WORDS) ?? []).entries()) {
    const width = Buffer.byteLength(word)
    const fits = column + width <= LINE
    // A first line with nothing but the name is read wrongly here and there. Only a long name needs one.
    const breaks = !fits && (index > 0 || word.startsWith('=?'))
    folded += breaks ? `\r\n${index > 0 ? '' : ' '}${word}` : word
    column = breaks ? width : column + width
  }
  return { name, value: folded }
}

/** How long an encoded word may be so that the first still stands beside the field's name. */
function wordRoom(name: string): number {
  return Math.max(40, Math.min(75, LINE - name.length - 2))
}

const LINE = 76
const WORDS = /[ \t]*[^ \t]+/g
const PRINTABLE = /^[\x20-\x7e]*$/
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]/gu
const LONE_SURROGATES = /\p{Cs}/gu
const DIRECTION_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
