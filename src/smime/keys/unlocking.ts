/** A passphrase, and how much work trying it may still cost. */
export interface Unlocking {
  /** Null for none at all, which PKCS#12 tells from an empty one. */
  passphrase: string | null
  /** The rounds of key derivation that are left. A file that asks for more is refused. */
  iterationsLeft: number
}

/**
 * Five seconds' work at worst (a microsecond each, measured with PKCS#12's own derivation). The most careful tools
 * ask for 600,000: NSS seven times for one file with 3DES (the MAC, and thrice each for the certificates and the
 * key), and an eighth time to try no passphrase.
 */
const mostIterations = 5_000_000

/** The passphrase does not open what it should. Never says which it was. */
export class WrongPassphraseError extends Error {
  override readonly name = 'WrongPassphraseError'
}

/** The file is whole as far as one can see, but made in a way that is not understood here. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError'
}

/** Says what it is that is not understood, by its object identifier. */
export function unsupported(what: string, id: string): UnsupportedError {
  return new UnsupportedError(`its ${what} (${id}) is not supported; convert it with a current openssl`)
}

/** A passphrase to try on one file. */
export function unlocking(passphrase: string | null): Unlocking {
  return { passphrase, iterationsLeft: mostIterations }
}

/** Takes that much from what the file's work may cost. */
export function spendIterations(unlocking: Unlocking, iterations: number): number {
  if (iterations < 1) throw new Error('it asks for a key derived in no rounds')
  assertAffordable(unlocking, iterations)
  unlocking.iterationsLeft -= iterations
  return iterations
}

/** Refuses work that is beyond what is left, before any of it is done. */
export function assertAffordable({ iterationsLeft }: Unlocking, iterations: number): void {
  if (iterations <= iterationsLeft) return
  throw new UnsupportedError(
    `it asks for more than ${mostIterations.toLocaleString('en')} rounds of key derivation; convert it with fewer`,
  )
}
