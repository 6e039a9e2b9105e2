import { printable } from '../../printable.js'
import type { Mask } from '../../secrets.js'

/** A server's reply (RFC 5321, section 4.2), in pieces. */
export interface SmtpReply {
  /** The reply code, or null where the server sent something else, or several. */
  readonly code: number | null
  /** The enhanced status code (RFC 3463, section 2), or null. */
  readonly enhancedCode: string | null
  /** The words of all lines, on one line, safe to print. */
  readonly text: string
}

/**
 * Takes a reply to pieces, whatever a server sent. Its words are masked when they are on one line, as a secret
 * may be spread over several, and before they are cut, as the cut may leave half of one.
 */
export function parseReply(reply: string, mask: Mask = (words) => words): SmtpReply {
  const lines = linesOf(reply)
  const code = replyCode(reply)
  let enhancedCode: string | null = null
  const words = lines.map((line) => {
    const rest = code === null ? line : line.replace(/^\d{3}[ -]?/, '')
    // A reply has one enhanced code; the lines of a long one repeat it (RFC 2034, section 4).
    const status = rest.match(/^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/)
    enhancedCode ??= status?.[1] ?? null
    return status ? rest.slice(status[0].length) : rest
  })
  return {
    code,
    enhancedCode,
    text: printable(words.join(' '), mask),
  }
}

/** The code of a whole reply, or null where the server sent something else, or several. */
export function replyCode(reply: string): number | null {
  const code = hasMixedCodes(reply) ? undefined : codeOf(reply)
  return code === undefined ? null : Number(code)
}

/** Whether a refusal may pass: 4yz does, 5yz does not (RFC 5321, section 4.2.1). */
export function isTemporary(reply: string): boolean {
  const code = replyCode(reply)
  return code !== null && code >= 400 && code < 500
}

/**
 * Whether a reply says one thing on one line and another on the next: all its lines have the same code (RFC
 * 5321, section 4.2.1), and where they do not, none of them can be believed.
 */
export function hasMixedCodes(reply: string): boolean {
  if (!reply.includes('\n')) return false
  const [first, ...others] = linesOf(reply).map(codeOf)
  return first !== undefined && others.some((code) => code !== first)
}

function linesOf(reply: string): readonly string[] {
  return reply.trimEnd().split(/\r?\n/)
}

function codeOf(line: string | undefined): string | undefined {
  return line?.match(/^([2-5]\d\d)(?=[ -]|$)/)?.[1]
}

/** A reply on one line, as a report shows it. */
export function replyLine(reply: string, mask: Mask): string {
  const { code, enhancedCode, text } = parseReply(reply, mask)
  return [code, enhancedCode, text].filter((part) => part !== null && part !== '').join(' ')
}

/** What a server can do, by its answer to EHLO (RFC 5321, section 4.1.1.1). */
export interface Offered {
  /** The extension keywords, in upper case: `STARTTLS`, `SMTPUTF8`, `8BITMIME`. */
  readonly extensions: readonly string[]
  /** The SASL mechanisms (RFC 4954, section 3), in upper case; none where AUTH is not offered. */
  readonly mechanisms: readonly string[]
  /** The largest message the server takes, in octets (RFC 1870, section 3), or null where it does not say. */
  readonly maximumSize: number | null
}

/** What a server offers that knows only HELO. */
export const NOTHING_OFFERED: Offered = { extensions: [], mechanisms: [], maximumSize: null }

/** Reads the answer to EHLO. */
export function parseOffered(reply: string): Offered {
  const lines = reply
    .split(/\r?\n/)
    .slice(1)
    .map((line) => printable(line.slice(4)).toUpperCase())
    .filter((line) => line !== '')
  const words = lines.map((line) => line.split(/[ =\t]+/))
  const size = Number(words.find(([keyword]) => keyword === 'SIZE')?.[1])
  return {
    extensions: words.map(([keyword]) => keyword ?? ''),
    mechanisms: words.filter(([keyword]) => keyword === 'AUTH').flatMap(([, ...mechanisms]) => mechanisms),
    // SIZE 0 means that no limit is known (RFC 1870, section 3).
    maximumSize: size > 0 ? size : null,
  }
}

/** Whether a refusal means that TLS has to come first (RFC 3207, section 4; RFC 4954, section 6). */
export function wantsTls(code: number | null, text: string): boolean {
  return code === 538 || (code === 530 && /STARTTLS/i.test(text))
}
