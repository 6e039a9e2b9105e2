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
  // One character an octet, whatever they mean.
  const octets = Buffer.from(message).toString('latin1')
  const escaped = readEscapes(octets.replace(/^\xef\xbb\xbf/, ''))
  const lines = (escaped ?? octets).split(/\r\n|\r|\n/)
  refuseLines(lines)
  const end = headerEnd(lines, escaped !== null)
  const body = lines.slice(lines[end] === '' ? end + 1 : end).join('\r\n')
  return { fields: fieldsOf(lines.slice(0, end)), body: Buffer.from(body, 'latin1') }
}

/**
 * A message as playbooks write it into one line, with `\n` where a line ends (a line end of its own at the very
 * end comes from the shell); null for one that has lines already, in which `\n` is what it says. A blank before a
 * field that every mail has is taken for a slip of the pen, not for a folded line.
 */
function readEscapes(text: string): string | null {
  const line = text.replace(/[\r\n]+$/, '')
  if (/[\r\n]/.test(line) || !line.includes('\\n')) return null
  const lines = line.replace(/\\r\\n|\\n/g, '\n')
  const end = lines.indexOf('\n\n')
  const header = end === -1 ? lines : lines.slice(0, end)
  return header.replace(COMMON_FIELD, '\n') + lines.slice(header.length)
}

const COMMON_FIELD =
  /\n[ \t]+(?=(?:from|to|cc|bcc|sender|reply-to|subject|date|message-id|mime-version|content-[a-z-]+)[ \t]*:)/gi

/** Where the header ends. In one line someone may forget the empty one: the first that is no field is then text. */
function headerEnd(lines: readonly string[], lenient: boolean): number {
  for (const [index, line] of lines.entries()) {
    if (line === '') return index
    const folded = index > 0 && /^[ \t]/.test(line)
    if (folded || FIELD.test(line)) continue
    if (lenient && index > 0) return index
    throw invalid(index, 'is no header field (Name: value); an empty line ends the header')
  }
  return lines.length
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

function refuseLines(lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    if (line.includes('\0'))
      throw invalid(index, 'holds a NUL, which no mail can carry (RFC 5321, section 4.1.2)')
    // RFC 5322, section 2.1.1. A server would cut it, and with it a signature.
    if (line.length > LONGEST)
      throw invalid(index, `has ${line.length} octets; a line of a mail has at most ${LONGEST}`)
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
