/** Text of a header field as people read it: unfolded, and its encoded words decoded (RFC 2047). */
export function decodeWords(value: string): string {
  return value
    .replace(/\r\n(?=[ \t])/g, '')
    .replace(BETWEEN_WORDS, '$1')
    .replace(ENCODED_WORD, (word, charset: string, encoding: string, text: string) => {
      const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : fromQ(text)
      try {
        return new TextDecoder(charset.split('*', 1)[0]).decode(bytes)
      } catch {
        return word
      }
    })
}

/** The Q encoding (RFC 2047, section 4.2). */
function fromQ(text: string): Buffer {
  const octets = text
    .replaceAll('_', ' ')
    .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1')
}

const ENCODED_WORD = /=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi
/** White space between encoded words only keeps them apart (RFC 2047, section 6.2). */
const BETWEEN_WORDS = /(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)[ \t]+(?==\?[^?\s]+\?[bq]\?)/gi
