import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { IncidentMailerError } from '../../../src/errors.js'
import { readRevocationLists } from '../../../src/smime/certificates/revocation-list.js'
import { decrypt, type Identity, loadIdentity, verify } from '../../../src/smime/index.js'
import { authority, openssl, person, pkcs12, temporaryFile } from '../../certificates/certificates.js'
import { alice, bob, encryptedFor, entity, identityOf, messageOf, signedBy, trust } from './messages.js'
import { mutated, randomFrom } from './mutations.js'
import { cmsEntity, cmsIn, signatureIn, withSignature } from './surgery.js'

/** Another seed, to look further: FUZZ_SEED=7 FUZZ_ROUNDS=100000 npx vitest run test/smime/reading/fuzz.test.ts */
const seed = Number(process.env.FUZZ_SEED ?? 1)
const rounds = Number(process.env.FUZZ_ROUNDS ?? 250)
const timeout = 60_000 + rounds * 50

const carol = () => person('carol@example.com', { key: 'ec' })

/** How a message is made around the bytes that are mutated. */
type Source = () => readonly [bytes: Buffer, around: (bytes: Buffer) => Buffer]
const whole = (bytes: Buffer) => bytes
const opaque = (bytes: Buffer) => messageOf(cmsEntity(bytes))

const signed: readonly (readonly [string, Source])[] = [
  [
    'the DER of a detached signature',
    () => {
      const message = messageOf(signedBy([alice()]))
      return [signatureIn(message), (bytes) => withSignature(message, bytes)]
    },
  ],
  ['the DER of an opaque signature', () => [cmsIn(signedBy([alice()], entity, '-nodetach')), opaque]],
  [
    'the BER of an opaque signature',
    () => [cmsIn(signedBy([alice()], entity, '-nodetach', '-stream', '-indef')), opaque],
  ],
  ['the MIME of a signed message', () => [messageOf(signedBy([alice()])), whole]],
]
const encrypted: readonly (readonly [string, Source])[] = [
  ['the DER of RSA and CBC', () => [cmsIn(encryptedFor([bob()])), opaque]],
  [
    'the BER of RSA and GCM',
    () => [cmsIn(encryptedFor([bob()], entity, '-aes-256-gcm', '-stream', '-indef')), opaque],
  ],
  ['the DER of ECDH', () => [cmsIn(encryptedFor([carol()])), opaque]],
  ['the MIME of an encrypted message', () => [messageOf(encryptedFor([bob()], signedBy([alice()]))), whole]],
]

describe('mutated signed messages', () => {
  it.each(signed)(
    'are verified only with the content that was signed: %s',
    async (_, source) => {
      const random = randomFrom(seed)
      const [bytes, around] = source()
      const seen = new Set<string>()
      for (let round = 0; round < rounds; round++) {
        const result = await verify(around(mutated(bytes, random)), { trust: trust() })
        seen.add(result.status)
        if (result.status === 'verified') expect(result.content.toString()).toBe(entity)
      }
      expect(seen).toContain('broken')
    },
    timeout,
  )
})

describe('mutated encrypted messages', () => {
  it.each(encrypted)(
    'are decrypted, or refused with an error of ours: %s',
    async (_, source) => {
      const random = randomFrom(seed)
      const [bytes, around] = source()
      const identity = await Promise.all([loadIdentity(identityOf(bob())), ecIdentity()])
      for (let round = 0; round < rounds; round++) {
        try {
          await decrypt(around(mutated(bytes, random)), { identity })
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(IncidentMailerError)
        }
      }
    },
    timeout,
  )
})

async function ecIdentity(): Promise<Identity> {
  return await loadIdentity(identityOf(carol()))
}

describe('mutated files', () => {
  it(
    'of PKCS#12 open, or are refused with an error of ours',
    async () => {
      const random = randomFrom(seed)
      const bytes = readFileSync(pkcs12(bob(), 'secret'))
      for (let round = 0; round < rounds; round++) {
        try {
          await loadIdentity({ p12: mutated(bytes, random), passphrase: 'secret' })
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(IncidentMailerError)
        }
      }
    },
    timeout,
  )

  it('of revocation lists are read, or refused with an error', () => {
    const random = randomFrom(seed)
    const config = temporaryFile(
      'crl.cnf',
      `[ca]\ndefault_ca=c\n[c]\ndatabase=${temporaryFile('index.txt', '')}\ndefault_md=sha256\n`,
    )
    const { certificate, key } = authority()
    const pem = openssl([
      'ca',
      '-gencrl',
      '-config',
      config,
      '-cert',
      certificate,
      '-keyfile',
      key,
      '-crldays',
      '1',
    ])
    const bytes = openssl(['crl', '-in', temporaryFile('list.pem', pem), '-outform', 'DER'])
    for (let round = 0; round < rounds; round++) {
      try {
        for (const list of readRevocationLists(mutated(bytes, random))) list.entryOf(Buffer.from([2, 1, 1]))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Error)
      }
    }
  })
})
