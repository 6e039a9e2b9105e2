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
  const hidden = [...new Set(forms.map((form) => solidOf(form).text))].filter((text) => text !== '')
  // Of white space alone there is nothing to hide.
  if (hidden.length === 0) return (words) => words
  if (pass.length >= SHORTEST) return (words) => masked(words, hidden)
  return (words) => (hidden.some((secret) => solidOf(words).text.includes(secret)) ? MASKED : words)
}

/**
 * Not by a regular expression: one that long is refused by the engine, whose error tells the pattern, and a token may
 * have many thousand letters.
 */
function masked(words: string, hidden: readonly string[]): string {
  const { text, starts, ends } = solidOf(words)
  let result = ''
  let written = 0
  const found = hidden.map((secret) => ({ secret, at: text.indexOf(secret) }))
  for (let from = 0; ; ) {
    for (const one of found) if (one.at !== -1 && one.at < from) one.at = text.indexOf(one.secret, from)
    const [first] = found
      .filter(({ at }) => at !== -1)
      .sort((a, b) => a.at - b.at || b.secret.length - a.secret.length)
    if (first === undefined) return result + words.slice(written)
    from = first.at + first.secret.length
    result += words.slice(written, starts[first.at]) + MASKED
    written = ends[from - 1] ?? words.length
  }
}

/** A text without gaps, in one case, and where in the text each of its letters begins and ends. */
function solidOf(words: string): { text: string; starts: readonly number[]; ends: readonly number[] } {
  let text = ''
  const starts: number[] = []
  const ends: number[] = []
  let end = 0
  for (const character of words) {
    const start = end
    end += character.length
    if (GAP.test(character)) continue
    // Both ways, as some letters share their capital only.
    const letters = character.toUpperCase().toLowerCase()
    text += letters
    for (let count = 0; count < letters.length; count++) {
      starts.push(start)
      ends.push(end)
    }
  }
  return { text, starts, ends }
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

/** White space, and what is not visible at all. */
const GAP = /[\s\p{C}\p{Z}]/u
