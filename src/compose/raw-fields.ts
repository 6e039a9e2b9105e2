import { IncidentMailerError } from '../errors.js'
import type { HeaderField } from '../mail.js'

/** A header field of a message that others wrote. */
export interface RawField {
  /** Its name in lower case. */
  readonly key: string
  /** Its value on one line. */
  readonly text: string
  /** To be written as it came. */
  readonly field: HeaderField
}

/** A message in its two halves (RFC 5322, section 2.1). */
export interface RawMessage {
  readonly fields: readonly RawField[]
  readonly body: Buffer
}

/**
 * Takes a message apart without changing an octet but its line ends.
 *
 * @throws {@link IncidentMailerError} `INVALID_REQUEST`, naming the line
 */
export function splitMessage(message: string | Uint8Array): RawMessage {
  const octets = octetsOf(message)
  const escaped = readEscapes(octets)
  const bytes = withCrlf(escaped ?? octets)
  refuseLines(bytes)
  const { lines, bodyStart } = headerOf(bytes, escaped !== null)
  return { fields: fieldsOf(lines), body: bytes.subarray(bodyStart) }
}

function octetsOf(message: string | Uint8Array): Buffer {
  if (typeof message === 'string') return Buffer.from(message)
  // A caller without types may bring what a file's reader was promised to give.
  if (message instanceof Uint8Array)
    return Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  throw new IncidentMailerError('INVALID_REQUEST', 'the message must be text or its bytes (Uint8Array)')
}

/**
 * A message as playbooks write it into one line, with `\n` where a line ends (a line end of its own at the very
 * end comes from the shell); null for one that has lines already, in which `\n` is what it says. A blank before a
 * field that every mail has is taken for a slip of the pen, not for a folded line.
 */
function readEscapes(octets: Buffer): Buffer | null {
  if (!octets.includes('\\n') || LINES.test(octets.toString('latin1', 0, LONGEST_START))) return null
  // One character an octet, whatever they mean.
  const line = octets
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .replace(/[\r\n]+$/, '')
  if (/[\r\n]/.test(line)) return null
  const lines = line.replace(/\\r\\n|\\n/g, '\n')
  const end = lines.indexOf('\n\n')
  const header = end === -1 ? lines : lines.slice(0, end)
  return Buffer.from(header.replace(COMMON_FIELD, '\n') + lines.slice(header.length), 'latin1')
}

/** A line end with another line behind it. */
const LINES = /[\r\n][^\r\n]/

/** Octets that tell most messages with lines from those without. */
const LONGEST_START = 65_536

const COMMON_FIELD =
  /\n[ \t]+(?=(?:from|to|cc|bcc|sender|reply-to|subject|date|message-id|mime-version|content-[a-z-]+)[ \t]*:)/gi

/** The same with CRLF at the end of every line; where that is so already, the same octets and no copy of them. */
function withCrlf(bytes: Buffer): Buffer {
  const bare = bareLineEnds(bytes)
  if (bare === 0) return bytes
  const mended = Buffer.allocUnsafe(bytes.length + bare)
  let at = 0
  for (let index = 0; index < bytes.length; index++) {
    const octet = bytes[index] ?? 0
    if (octet !== CR && octet !== LF) {
      mended[at++] = octet
      continue
    }
    if (octet === CR && bytes[index + 1] === LF) index++
    mended[at++] = CR
    mended[at++] = LF
  }
  return mended
}

/** How many lines end with CR or LF alone. */
function bareLineEnds(bytes: Buffer): number {
  let count = 0
  for (let index = 0; index < bytes.length; index++) {
    const octet = bytes[index]
    if (octet === CR ? bytes[index + 1] !== LF : octet === LF && bytes[index - 1] !== CR) count++
  }
  return count
}

/**
 * The lines of the header, and where the body begins. In one line someone may forget the empty one between them: the
 * first that is no field is then text.
 */
function headerOf(bytes: Buffer, lenient: boolean): { lines: readonly string[]; bodyStart: number } {
  const lines: string[] = []
  for (let start = 0; ; ) {
    const found = bytes.indexOf(CRLF, start)
    const end = found === -1 ? bytes.length : found
    const line = bytes.toString('latin1', start, end)
    if (line === '') return { lines, bodyStart: Math.min(end + CRLF.length, bytes.length) }
    const folded = lines.length > 0 && /^[ \t]/.test(line)
    if (!folded && !FIELD.test(line)) {
      if (lenient && lines.length > 0) return { lines, bodyStart: start }
      throw invalid(lines.length, 'is no header field (Name: value); an empty line ends the header')
    }
    lines.push(line)
    if (found === -1) return { lines, bodyStart: end }
    start = end + CRLF.length
  }
}

function fieldsOf(lines: readonly string[]): RawField[] {
  const fields: string[][] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line)) fields.at(-1)?.push(line)
    else fields.push([line])
  }
  return fields.map((parts) => {
    const [, name = ''] = FIELD.exec(parts[0] ?? '') ?? []
    const whole = parts.join('')
    const text = decode(Buffer.from(whole.slice(whole.indexOf(':') + 1), 'latin1')).trim()
    const written = Buffer.from(`${parts.join('\r\n')}\r\n`, 'latin1')
    return { key: name.toLowerCase(), text, field: { name, value: text, written } }
  })
}

function refuseLines(bytes: Buffer): void {
  const nul = bytes.indexOf(0)
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const found = bytes.indexOf(LF, start)
    const next = found === -1 ? bytes.length : found + 1
    const length = found === -1 ? next - start : next - start - CRLF.length
    if (nul >= start && nul < next)
      throw invalid(index, 'holds a NUL, which no mail can carry (RFC 5321, section 4.1.2)')
    // RFC 5322, section 2.1.1. A server would cut it, and with it a signature.
    if (length > LONGEST)
      throw invalid(index, `has ${length} octets; a line of a mail has at most ${LONGEST}`)
    start = next
  }
}

/** RFC 6532: UTF-8. What is not may be of any kind, and only has to stay as it is. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}

function invalid(index: number, what: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_REQUEST', `line ${index + 1} of the message ${what}`)
}

/** RFC 5322, section 3.6.8; before the colon, section 4.5 once allowed blanks. */
const FIELD = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/
const LONGEST = 998

const CRLF = Buffer.from('\r\n')
const [CR, LF] = [0x0d, 0x0a]
