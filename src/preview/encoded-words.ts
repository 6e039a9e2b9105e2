/** A field's value as people read it: encoded words decoded (RFC 2047, section 2). */
export function decodeWords(value: string): string {
  return (
    value
      // White space between two of them is not there (section 6.2).
      .replace(/(\?=)\s+(?==\?)/g, '$1')
      .replace(/(?:=\?[\w-]+\?[bq]\?[^?\s]*\?=)+/gi, (words) => {
        // One character may be spread over two words, which the standard forbids and people do.
        const bytes = [...words.matchAll(/=\?([\w-]+)\?([bq])\?([^?]*)\?=/gi)].map(
          ([, , encoding = '', text = '']) =>
            encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : readQ(text),
        )
        return Buffer.concat(bytes).toString()
      })
  )
}

/** Section 4.2: quoted-printable with `_` for the space. */
function readQ(text: string): Buffer {
  const latin = text
    .replaceAll('_', ' ')
    .replace(/=([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(latin, 'latin1')
}
