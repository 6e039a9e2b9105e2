/** Text with its encoded words (RFC 2047) read, for people; what cannot be read stays as it is. */
export function decodeWords(text: string): string {
  return text
    .replace(/(\?=)\s+(?==\?[^?\s]+\?[bqBQ]\?)/g, '$1')
    .replace(/=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bqBQ])\?([^?\s]*)\?=/g, (word, charset, encoding, content) => {
      try {
        const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : decodeQ(content)
        return new TextDecoder(charset).decode(bytes)
      } catch {
        return word
      }
    })
}

function decodeQ(content: string): Buffer {
  const octets = content
    .replaceAll('_', ' ')
    .replace(/=([\dA-Fa-f]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))
  return Buffer.from(octets, 'latin1')
}
