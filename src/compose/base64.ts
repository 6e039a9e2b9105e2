/**
 * The bytes of base64 text (RFC 4648, section 4), white space aside; null where anything else is in it.
 * Node's own decoder would skip that silently and hand over other bytes than were meant.
 */
export function decodeBase64(text: string): Buffer | null {
  const compact = /\s/.test(text) ? text.replace(/\s+/g, '') : text
  const padding = compact.endsWith('==') ? 2 : compact.endsWith('=') ? 1 : 0
  const digits = padding === 0 ? compact : compact.slice(0, -padding)
  if (compact.length % 4 !== 0 || /[^A-Za-z0-9+/]/.test(digits)) return null
  return Buffer.from(compact, 'base64')
}
