/**
 * The bytes of base64 text (RFC 4648, section 4), white space aside; null where anything else is in it.
 * Node's own decoder would skip that silently and hand over other bytes than were meant.
 */
export function decodeBase64(text: string): Buffer | null {
  return decoded(text) ?? (/\s/.test(text) ? decoded(text.replace(/\s+/g, '')) : null)
}

/** To look at each character would take longer than all of this. */
function decoded(text: string): Buffer | null {
  if (text.length % 4 !== 0 || !END.test(text.slice(-4))) return null
  // Node reads the URL's alphabet too (section 5), and a single octet of characters that have more.
  if (text.includes('-') || text.includes('_') || Buffer.byteLength(text) !== text.length) return null
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  // Where it skipped one, there are fewer octets than so many characters stand for.
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : null
}

/** The last four characters. */
const END = /^(?:[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==))?$/
