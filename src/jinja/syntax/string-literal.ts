const simple: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

const escapes = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g

/**
 * The text between the quotes of a literal, its escapes resolved as Python's `unicode-escape` does: what is
 * no escape keeps its backslash. `refuse` gets what is wrong.
 */
export function unescapeLiteral(text: string, refuse: (message: string) => never): string {
  if (!text.includes('\\')) return text
  return text.replace(escapes, (all, octal, two, four, eight, other: string | undefined) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    const hex = two ?? four ?? eight
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16)
      return code > 0x10ffff ? refuse(`${all} is no character`) : String.fromCodePoint(code)
    }
    if (other === 'x') return refuse('\\x needs two hexadecimal digits')
    if (other === 'u') return refuse('\\u needs four hexadecimal digits')
    if (other === 'U') return refuse('\\U needs eight hexadecimal digits')
    if (other === 'N') return refuse('characters cannot be written by name: use \\u and four digits')
    return simple[other ?? ''] ?? all
  })
}
