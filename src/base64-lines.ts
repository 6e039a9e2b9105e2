/** Bytes in base64 as a mail carries them (RFC 2045, section 6.8): lines of 76 characters, ended by CRLF. */
export function encodeBase64Lines(bytes: Uint8Array): Buffer {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const encodedLength = Math.ceil(input.length / 3) * 4
  const output = Buffer.allocUnsafe(encodedLength + Math.ceil(encodedLength / LINE) * 2)
  let size = 0
  // In slices: no text can be longer than half a gigabyte, and none has to be half as long.
  for (let from = 0; from < input.length; from += SLICE) {
    const encoded = Buffer.from(input.toString('base64', from, from + SLICE), 'latin1')
    for (let start = 0; start < encoded.length; start += LINE) {
      size += encoded.copy(output, size, start, start + LINE)
      output[size++] = 0x0d
      output[size++] = 0x0a
    }
  }
  return output
}

const LINE = 76
/** Octets that fill whole lines, of 57 each. */
const SLICE = 57 * 16_384
