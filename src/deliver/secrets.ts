import { parseReply } from './smtp-reply.js'

/** Takes secrets out of a server's reply. Nothing of our own goes through it: a secret may be any word. */
export type Mask = (reply: string) => string

/** What stands where a secret stood. */
const MASKED = '***'

/** Of shorter secrets, the gaps they leave in words would tell the letters: a reply with one is not repeated at all. */
const SHORTEST = 4

/**
 * Makes a mask that hides credentials in any form in which they were sent: a server may repeat in its
 * reply what it was told, and replies end up in errors, reports and logs.
 */
export function maskOf(credentials: { readonly user: string; readonly pass: string } | null): Mask {
  if (credentials === null) return (text) => text
  const { user, pass } = credentials
  const forms = [
    // AUTH PLAIN's initial response (RFC 4616, section 2), with and without an authorisation identity.
    base64(`\0${user}\0${pass}`),
    base64(`${user}\0${user}\0${pass}`),
    base64(pass),
    ...embedded(pass),
    encodeURIComponent(pass),
    pass,
  ]
  const longestFirst = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length)
  const found = new RegExp(longestFirst.map(escaped).join('|'), 'gi')
  if (pass.length >= SHORTEST) return (reply) => reply.replace(found, MASKED)
  return (reply) => {
    const { code, enhancedCode, text } = parseReply(reply)
    return text.search(found) === -1 ? reply : [code, enhancedCode, MASKED].filter(Boolean).join(' ')
  }
}

/** The letters that stand for the secret wherever it begins within a longer base64 text. */
function embedded(secret: string): string[] {
  const length = Buffer.byteLength(secret)
  return [0, 1, 2]
    .map((offset) => {
      const text = base64('\0'.repeat(offset) + secret)
      // A letter at either edge also holds bits of a neighbour.
      const first = Math.ceil((offset * 8) / 6)
      const last = Math.floor(((offset + length) * 8) / 6)
      return text.slice(first, last)
    })
    .filter((letters) => letters.length >= 4)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
