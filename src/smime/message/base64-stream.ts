import { encodeBase64Lines } from '../../base64-lines.js'
import type { Chunks } from '../../mime.js'
import { pieces } from '../encoding/pieces.js'

/** Octets that fill 1,024 lines, 57 each. */
const pieceSize = 57 * 1024

/** Bytes in base64 lines (RFC 2045, section 6.8), as they are asked for. */
export async function* base64Stream(bytes: Chunks): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces(bytes, pieceSize)) yield encodeBase64Lines(piece)
}
