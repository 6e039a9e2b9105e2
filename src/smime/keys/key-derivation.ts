import { pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { childOf, countOf, type DerValue, octetsOf, oidOf, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { spendIterations, type Unlocking, UnsupportedError, unsupported } from './unlocking.js'

/** scrypt's memory, in octets. openssl takes 16 MB. */
const mostMemory = 160 * 1024 * 1024

/** The rounds that a derivation takes, in those of PBKDF2; 0 for one that is not known. */
export function derivationIterations(algorithm: DerValue): number {
  const parameters = algorithm.children[1]
  if (!parameters) return 0
  switch (oidOf(childOf(algorithm, 0))) {
    case oids.pbkdf2:
      return countOf(childOf(parameters, 1))
    case oids.scrypt:
      return [1, 2, 3].reduce((product, index) => product * countOf(childOf(parameters, index)), 1)
    default:
      return 0
  }
}

/**
 * Derives a key from a passphrase by PBKDF2 (RFC 8018, section 5.2) or scrypt (RFC 7914, section 7), as an
 * AlgorithmIdentifier says. The passphrase goes in as UTF-8, whatever its letters (RFC 8018, section 3).
 *
 * @param length - the key's length in octets. Default: the one that the parameters name
 */
export async function deriveKey(algorithm: DerValue, unlocking: Unlocking, length?: number): Promise<Buffer> {
  const id = oidOf(childOf(algorithm, 0))
  const parameters = childOf(algorithm, 1, tags.sequence)
  const passphrase = unlocking.passphrase ?? ''
  if (id === oids.pbkdf2) {
    // PBKDF2-params (RFC 8018, appendix A.2): salt, count, key length OPTIONAL, PRF DEFAULT HMAC with SHA-1.
    const salt = octetsOf(childOf(parameters, 0, tags.octetString))
    const rounds = spendIterations(unlocking, derivationIterations(algorithm))
    const prf = parameters.children.find(({ tag }) => tag === tags.sequence)
    const hash = hmacHash(prf ? oidOf(childOf(prf, 0)) : oids.hmacSha1)
    return await pbkdf2Async(passphrase, salt, rounds, length ?? keyLength(parameters), hash)
  }
  if (id !== oids.scrypt) throw unsupported('key derivation', id)
  const salt = octetsOf(childOf(parameters, 0, tags.octetString))
  const [cost, blockSize, parallelization] = [1, 2, 3].map((index) => countOf(childOf(parameters, index)))
  spendIterations(unlocking, derivationIterations(algorithm))
  return await scryptAsync(passphrase, salt, length ?? keyLength(parameters), {
    cost,
    blockSize,
    parallelization,
  })
}

const pbkdf2Async = promisify(pbkdf2)

interface ScryptCost {
  readonly cost: number | undefined
  readonly blockSize: number | undefined
  readonly parallelization: number | undefined
}

function scryptAsync(passphrase: string, salt: Buffer, length: number, cost: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    try {
      scrypt(passphrase, salt, length, { ...cost, maxmem: mostMemory }, (error, key) =>
        error ? reject(error) : resolve(key),
      )
    } catch {
      reject(new UnsupportedError('its scrypt asks for too much memory, or for what makes no sense'))
    }
  })
}

/** PBMAC1 has to say how long its key is (RFC 9579, section 5). */
function keyLength(parameters: DerValue): number {
  const length = parameters.children[2]
  const octets = length?.tag === tags.integer ? countOf(length) : 0
  if (octets < 16 || octets > 128)
    throw new UnsupportedError('its key derivation does not say a sensible length')
  return octets
}

/** The hash under an HMAC. */
export function hmacHash(id: string): string {
  const hash = hmacHashes.get(id)
  if (!hash) throw unsupported('HMAC', id)
  return hash
}

const hmacHashes: ReadonlyMap<string, string> = new Map([
  [oids.hmacMd5, 'md5'],
  [oids.hmacSha1, 'sha1'],
  [oids.hmacSha224, 'sha224'],
  [oids.hmacSha256, 'sha256'],
  [oids.hmacSha384, 'sha384'],
  [oids.hmacSha512, 'sha512'],
  [oids.hmacSha512Trunc224, 'sha512-224'],
  [oids.hmacSha512Trunc256, 'sha512-256'],
])
