/** Takes secrets out of a server's words. Nothing of our own goes through it: a secret may be any word. */
export type Mask = (words: string) => string

/** What stands where a secret stood. */
const MASKED = '***'

/** Of shorter secrets, the gaps they leave in words would tell the letters: words with one are not repeated at all. */
const SHORTEST = 4

/**
 * Makes a mask that hides credentials in any form in which they were sent: a server may repeat in its
 * reply what it was told, and replies end up in errors, reports and logs. Line ends, white space and what
 * nobody sees do not hide a secret from it, wherever in the secret they stand.
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
  const solid = new Set(forms.map((form) => form.replace(GAP, '')))
  const longestFirst = [...solid].filter((form) => form !== '').sort((a, b) => b.length - a.length)
  // Of white space alone there is nothing to hide.
  if (longestFirst.length === 0) return (words) => words
  const found = new RegExp(longestFirst.map(gapped).join('|'), 'giu')
  if (pass.length >= SHORTEST) return (words) => words.replace(found, MASKED)
  return (words) => (words.search(found) === -1 ? words : MASKED)
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

/** A pattern for the text with gaps anywhere in it. */
function gapped(text: string): string {
  return [...text].map(escaped).join(`${GAP.source}*`)
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}

/** White space, and what is not visible at all. */
const GAP = /[\s\p{C}\p{Z}]/gu
