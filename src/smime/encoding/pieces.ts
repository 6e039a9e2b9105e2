import type { Chunks } from '../../mime.js'

/**
 * Cuts bytes into pieces of one size, the last of which may be shorter, however they come. The same bytes so make
 * the same pieces each time they are read, and small chunks cost no more than large ones.
 */
export async function* pieces(chunks: Chunks, size: number): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let waitingSize = 0
  for await (const chunk of chunks) {
    let start = 0
    while (waitingSize + chunk.length - start >= size) {
      const end = start + size - waitingSize
      const piece = chunk.subarray(start, end)
      yield waitingSize === 0 ? piece : Buffer.concat([...waiting, piece])
      waiting = []
      waitingSize = 0
      start = end
    }
    if (start < chunk.length) {
      waiting.push(chunk.subarray(start))
      waitingSize += chunk.length - start
    }
  }
  if (waitingSize > 0) yield Buffer.concat(waiting)
}
