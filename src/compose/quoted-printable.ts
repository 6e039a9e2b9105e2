/**
 * Text in quoted-printable (RFC 2045, section 6.7), every line at most 76 characters and ended by CRLF.
 *
 * Beyond what that section asks for, a dot and the word "From " are encoded where they begin a line: mail
 * servers and mailboxes treat both specially, and a signed line must arrive as it left (RFC 2049, section 3;
 * RFC 8551, section 3.1.3).
 */
export function quotedPrintable(text: Buffer): Buffer {
  const output = Buffer.allocUnsafe(text.length * 3 + Math.ceil(text.length / 24) * 3 + 3)
  let size = 0
  let column = 0
  for (let index = 0; index < text.length; index++) {
    // Within a line, most of a text goes by here.
    while (column > 0 && column < LAST_COLUMN && isPlain(text, index)) {
      output[size++] = text[index++] ?? 0
      column++
    }
    if (index >= text.length) break
    const byte = text[index] ?? 0
    if (byte === CR && text[index + 1] === LF) {
      output[size++] = CR
      output[size++] = LF
      column = 0
      index++
      continue
    }
    let width = isLiteral(byte, text[index + 1]) ? 1 : 3
    if (column + width > LAST_COLUMN) {
      output[size++] = EQUALS
      output[size++] = CR
      output[size++] = LF
      column = 0
    }
    if (column === 0 && startsSpecialLine(text, index)) width = 3
    if (width === 1) {
      output[size++] = byte
    } else {
      output[size++] = EQUALS
      output[size++] = HEX.charCodeAt(byte >> 4)
      output[size++] = HEX.charCodeAt(byte & 15)
    }
    column += width
  }
  return output.subarray(0, size)
}

/** How many octets `quotedPrintable` makes of this, soft line breaks aside. */
export function quotedPrintableSize(text: Buffer): number {
  let size = text.length
  for (let index = 0; index < text.length; index++) {
    const byte = text[index] ?? 0
    if (byte > TILDE || byte === EQUALS) size += 2
  }
  return size
}

/** A letter, or a space before one. */
function isPlain(text: Buffer, index: number): boolean {
  const byte = text[index] ?? 0
  return PLAIN[byte] === 1 || (byte === SPACE && PLAIN[text[index + 1] ?? 0] === 1)
}

function isLiteral(byte: number, next: number | undefined): boolean {
  if (byte > SPACE && byte <= TILDE) return byte !== EQUALS
  // White space is lost where it ends a line, so there it is encoded.
  return (byte === SPACE || byte === TAB) && next !== undefined && next !== CR && next !== LF
}

function startsSpecialLine(text: Buffer, index: number): boolean {
  if (text[index] === DOT) return true
  return text[index] === FROM[0] && FROM.every((byte, offset) => text[index + offset] === byte)
}

// A soft line break's equals sign is the 76th character.
const LAST_COLUMN = 75
const HEX = '0123456789ABCDEF'
const FROM = [...Buffer.from('From ')]
const [TAB, LF, CR, SPACE, DOT, EQUALS, TILDE] = [0x09, 0x0a, 0x0d, 0x20, 0x2e, 0x3d, 0x7e]
/** The octets that stand for themselves wherever they are within a line. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte > SPACE && isLiteral(byte, undefined)),
)
