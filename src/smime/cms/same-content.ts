import { createHash } from 'node:crypto'
import { IncidentMailerError } from '../../errors.js'

/** Checks one piece of content, before anything of it is encrypted. */
export type PieceCheck = (place: number, piece: Uint8Array) => void

/**
 * Sees to it that content which is read several times is the same each time. Two different ones under the same key
 * and nonce would give an eavesdropper both of them and the power to forge more (RFC 5116, section 5.1.1), where
 * AES-GCM is used. Keeps 16 octets of each piece's digest.
 */
export function sameContent(): PieceCheck {
  const known: Buffer[] = []
  return (place, piece) => {
    const digest = createHash('sha256').update(piece).digest().subarray(0, 16)
    const before = known[place]
    if (before === undefined) known[place] = digest
    else if (!before.equals(digest)) {
      throw new IncidentMailerError(
        'INVALID_REQUEST',
        "the mail's content is another one than when it was encrypted first; do not change it while it is sent",
        { stage: 'encrypt' },
      )
    }
  }
}
