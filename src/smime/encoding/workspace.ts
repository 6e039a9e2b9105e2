import { type Bytes, bytesOf } from './bytes.js'

/** Where what is decoded or decrypted on the way is kept. */
export interface Workspace {
  /** Keeps octets, to be read as often as needed. Where they do not come to their end, nothing is left of them. */
  keep(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<Bytes>
}

/** For a message that is in memory itself. */
export const memory: Workspace = {
  async keep(chunks) {
    const all: Buffer[] = []
    for await (const chunk of chunks) all.push(chunk)
    const [only] = all
    return bytesOf(only && all.length === 1 ? only : Buffer.concat(all))
  },
}
