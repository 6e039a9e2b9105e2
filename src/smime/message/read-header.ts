/**
 * Reads header fields (RFC 5322, section 2.2) as strangers write them. Unlike a reader that wants to show
 * something at any price, it says where it cannot tell what is meant.
 */

import type { Bytes } from '../encoding/bytes.js'

/** A header field as it came. */
export interface ReadField {
  readonly name: string
  /** In lower case, to be compared. */
  readonly key: string
  /** Unfolded, without space around it; encoded words are left as they are. */
  readonly value: string
}

/** A header, and where in its bytes the body begins. */
export interface ReadHeader {
  readonly fields: readonly ReadField[]
  readonly bodyStart: number
  /** A line that is neither a field nor the continuation of one, a NUL or a bare CR in a field, or far too much. */
  readonly malformed: boolean
}

/** In octets. Servers refuse less. */
const largest = 1024 * 1024
const mostLines = 20_000

/** Reads the fields up to the empty line. Lines end with CRLF, or with LF where a file lost the CR. */
export function readHeader(message: Bytes): ReadHeader {
  const bytes = headOf(message)
  const lines: string[] = []
  let malformed = false
  let at = 0
  while (at < bytes.length) {
    const feed = bytes.indexOf(0x0a, at)
    const end = feed < 0 ? bytes.length : feed
    const next = feed < 0 ? bytes.length : feed + 1
    // Whoever reads on finds other fields than whoever stops.
    if (next > largest || lines.length === mostLines) {
      return { fields: fieldsOf(lines), bodyStart: message.length, malformed: true }
    }
    const textEnd = end > at && bytes[end - 1] === 0x0d ? end - 1 : end
    if (textEnd === at) return { fields: fieldsOf(lines), bodyStart: next, malformed }
    const line = bytes.toString('utf8', at, textEnd)
    if (/[\r\0]/.test(line)) malformed = true
    const isContinuation = /^[ \t]/.test(line)
    if (isContinuation && lines.length > 0) lines.push(line)
    else if (!isContinuation && FIELD.test(line)) lines.push(line)
    // What mbox files put before a message (RFC 4155).
    else if (at > 0 || !line.startsWith('From ')) malformed = true
    at = next
  }
  return { fields: fieldsOf(lines), bodyStart: message.length, malformed }
}

/** As much of a message as its header can be: mostly little. */
function headOf(message: Bytes): Buffer {
  const few = message.read(0, mostly)
  const isEnough = few.length < mostly || EMPTY_LINE.test(few.toString('latin1'))
  return isEnough ? few : message.read(0, largest + 1)
}

const mostly = 16 * 1024
const EMPTY_LINE = /^\r?\n|\n\r?\n/

/** Name and colon. Space before the colon is obsolete (section 4.5), and read differently by different readers. */
const FIELD = /^[!-9;-~]+[ \t]*:/

function fieldsOf(lines: readonly string[]): ReadField[] {
  const unfolded: string[][] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line)) unfolded.at(-1)?.push(line)
    else unfolded.push([line])
  }
  return unfolded.map((parts) => {
    const text = parts.join('')
    const colon = text.indexOf(':')
    const name = text.slice(0, colon).trimEnd()
    return { name, key: name.toLowerCase(), value: text.slice(colon + 1).trim() }
  })
}

/** All fields of that name, in order. */
export function fieldsNamed(fields: readonly ReadField[], name: string): ReadField[] {
  return fields.filter(({ key }) => key === name)
}

/** The value of the one field of that name; null where there is none, or several that differ. */
export function onlyValue(fields: readonly ReadField[], name: string): string | null {
  const values = new Set(fieldsNamed(fields, name).map(({ value }) => value))
  const [value = null] = values
  return values.size === 1 ? value : null
}
