import type { Bytes } from '../encoding/bytes.js'

const [lf, cr] = [0x0a, 0x0d]

/** Whether a line ends with LF alone. */
export async function hasBareLineFeed(content: Bytes): Promise<boolean> {
  let before: number | undefined
  for await (const chunk of content.chunks()) {
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, at + 1)) {
      if ((at === 0 ? before : chunk[at - 1]) !== cr) return true
    }
    before = chunk.at(-1)
  }
  return false
}

/** The same with CRLF at the end of every line. */
export async function* withCrlf(content: Bytes): AsyncGenerator<Buffer> {
  let before: number | undefined
  for await (const chunk of content.chunks()) {
    const mended = chunk.toString('latin1').replace(/(?<!\r)\n/g, '\r\n')
    // The CR may be the last octet of the chunk before.
    const isEnded = before === cr && chunk[0] === lf
    yield Buffer.from(isEnded ? mended.slice(1) : mended, 'latin1')
    before = chunk.at(-1)
  }
}
