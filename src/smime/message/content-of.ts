/**
 * What a leaf's body says once its Content-Transfer-Encoding is undone (RFC 2045, section 6); null for an
 * encoding that does not exist.
 *
 * @param body - an octet a character
 */
export function contentOf(body: string, encoding = '7bit'): Buffer | null {
  switch (encoding.trim().toLowerCase()) {
    case '7bit':
    case '8bit':
    case 'binary':
      return Buffer.from(body, 'latin1')
    case 'base64':
      // Passes over line breaks, and over whatever else is not of the alphabet (section 6.8).
      return Buffer.from(body, 'base64')
    case 'quoted-printable':
      return Buffer.from(fromQuotedPrintable(body), 'latin1')
    default:
      return null
  }
}

/** Section 6.7, an octet a character. White space that ends a line was added on the way. */
export function fromQuotedPrintable(body: string): string {
  return (
    body
      // From where a run begins alone: else a megabyte of spaces takes many minutes.
      .replace(/(?<![ \t])[ \t]+(?=\r?\n|$)/g, '')
      .replace(/=\r?\n/g, '')
      .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  )
}
