import { encodeBase64Lines } from '../../base64-lines.js'
import { type Chunks, isInMemory } from '../../mime.js'
import { pieces } from '../encoding/pieces.js'

/** Octets that fill 1,024 lines, 57 each. */
const pieceSize = 57 * 1024

/** Bytes in base64 lines (RFC 2045, section 6.8), in memory where the bytes are. */
export function base64Body(bytes: Chunks): Chunks {
  return isInMemory(bytes) ? [encodeBase64Lines(whole(bytes))] : base64Stream(bytes)
}

async function* base64Stream(bytes: Chunks): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces(bytes, pieceSize)) yield encodeBase64Lines(piece)
}

function whole(chunks: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = chunks
  return only && others.length === 0 ? only : Buffer.concat(chunks)
}
