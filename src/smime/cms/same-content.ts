import { createHash } from 'node:crypto'
import { IncidentMailerError } from '../../errors.js'

/** Checks content that is read again, piece by piece. */
export interface ContentCheck {
  /** Checks one piece, before anything of it is encrypted. */
  piece(place: number, piece: Uint8Array): void
  /** Checks how many pieces there were, before there is a tag over them. */
  end(count: number): void
}

/**
 * Sees to it that content which is read several times is the same each time. Two different ones under the same key
 * and nonce would give an eavesdropper both of them and the power to forge more (RFC 5116, section 5.1.1), where
 * AES-GCM is used. Keeps 16 octets of each piece's digest.
 */
export function sameContent(): ContentCheck {
  const known: Buffer[] = []
  // Content that only grew or shrank, by whole pieces, is another one, too: it would have a tag of its own.
  let whole = false
  return {
    piece: (place, piece) => {
      const digest = createHash('sha256').update(piece).digest().subarray(0, 16)
      const before = known[place]
      if (before ? !before.equals(digest) : whole) throw changed()
      known[place] = digest
    },
    end: (count) => {
      if (count !== known.length) throw changed()
      whole = true
    },
  }
}

function changed(): IncidentMailerError {
  return new IncidentMailerError(
    'INVALID_REQUEST',
    "the mail's content is another one than when it was encrypted first; do not change it while it is sent",
    { stage: 'encrypt' },
  )
}
