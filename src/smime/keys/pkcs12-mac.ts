import { createHmac, timingSafeEqual } from 'node:crypto'
import { childOf, countOf, type DerValue, octetsOf, oidOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { derivationIterations, deriveKey, hmacHash } from './key-derivation.js'
import { derivePkcs12Key, type Pkcs12Hash, pkcs12Purpose } from './pkcs12-kdf.js'
import { spendIterations, type Unlocking, unsupported } from './unlocking.js'

/** Whether the MAC of a file (RFC 7292, section 5.1; PBMAC1 by RFC 9579) is one that this passphrase makes. */
export async function macFits(macData: DerValue, safe: Buffer, unlocking: Unlocking): Promise<boolean> {
  const algorithm = macAlgorithm(macData)
  const expected = octetsOf(childOf(childOf(macData, 0), 1))
  const { hash, key } = await macKey(macData, algorithm, unlocking)
  const actual = createHmac(hash, key).update(safe).digest()
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

/** The rounds for the MAC: once where it does not say (RFC 7292, section 4). */
export function macIterations(macData: DerValue | undefined): number {
  if (!macData) return 0
  const algorithm = macAlgorithm(macData)
  if (oidOf(childOf(algorithm, 0)) === oids.pbmac1)
    return derivationIterations(childOf(childOf(algorithm, 1), 0))
  return macData.children[2] ? countOf(macData.children[2]) : 1
}

function macAlgorithm(macData: DerValue): DerValue {
  return childOf(childOf(macData, 0, tags.sequence), 0, tags.sequence)
}

async function macKey(
  macData: DerValue,
  algorithm: DerValue,
  unlocking: Unlocking,
): Promise<{ hash: string; key: Buffer }> {
  const id = oidOf(childOf(algorithm, 0))
  if (id === oids.pbmac1) {
    // Salt and rounds stand in the derivation's own parameters; those of MacData are not used (RFC 9579, section 4).
    const [derivation, scheme] = [childOf(childOf(algorithm, 1), 0), childOf(childOf(algorithm, 1), 1)]
    const hash = hmacHash(oidOf(childOf(scheme, 0)))
    return { hash, key: await deriveKey(derivation, unlocking) }
  }
  const mac = macHashes.get(id)
  if (!mac) throw unsupported('MAC', id)
  const salt = octetsOf(childOf(macData, 1))
  const rounds = spendIterations(unlocking, macIterations(macData))
  const { hash, length } = mac
  return {
    hash,
    key: await derivePkcs12Key(hash, unlocking.passphrase, salt, pkcs12Purpose.mac, rounds, length),
  }
}

const macHashes: ReadonlyMap<string, { hash: Pkcs12Hash; length: number }> = new Map([
  [oids.sha1, { hash: 'sha1', length: 20 }],
  [oids.sha224, { hash: 'sha224', length: 28 }],
  [oids.sha256, { hash: 'sha256', length: 32 }],
  [oids.sha384, { hash: 'sha384', length: 48 }],
  [oids.sha512, { hash: 'sha512', length: 64 }],
  [oids.sha512Trunc224, { hash: 'sha512-224', length: 28 }],
  [oids.sha512Trunc256, { hash: 'sha512-256', length: 32 }],
])
