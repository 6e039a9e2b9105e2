/**
 * A parameter of a Content-* field, from the semicolon before it on: a quoted string where ASCII can say it
 * and a line can hold it, else pieces of encoded UTF-8 (RFC 2231, sections 3 and 4). Each on a line of its
 * own, so that no line break falls between quotation marks.
 */
export function parameter(name: string, value: string): string {
  if (/^[\x20-\x7e]{1,50}$/.test(value) && !value.includes('=?'))
    return `;\r\n ${name}="${value.replace(/["\\]/g, '\\$&')}"`
  const pieces: string[] = []
  let piece = "UTF-8''"
  for (const character of value) {
    const encoded = percentEncoded(character)
    if (piece.length + encoded.length > LONGEST_PIECE) {
      pieces.push(piece)
      piece = ''
    }
    piece += encoded
  }
  pieces.push(piece)
  if (pieces.length === 1) return `;\r\n ${name}*=${piece}`
  return pieces.map((text, index) => `;\r\n ${name}*${index}*=${text}`).join('')
}

function percentEncoded(character: string): string {
  if (ATTRIBUTE_CHARACTER.test(character)) return character
  return Buffer.from(character).toString('hex').replace(/../g, '%$&').toUpperCase()
}

const LONGEST_PIECE = 55
// RFC 2231, section 7.
const ATTRIBUTE_CHARACTER = /^[A-Za-z0-9!#$&+.^_`{|}~-]$/
