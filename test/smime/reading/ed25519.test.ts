import { sign, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { childOf, oid, readDer, sequence, tags, writeDer } from '../../../src/smime/encoding/der.js'
import { oids } from '../../../src/smime/encoding/oids.js'
import { verify } from '../../../src/smime/verify.js'
import { authority, type TestCertificate, testCertificate } from '../../certificates/certificates.js'
import { alice, codesOf, entity, messageOf, signedBy, trust } from './messages.js'
import { putTogether, signatureIn, takeApart, withSignature } from './surgery.js'

const edward = () =>
  testCertificate('edward', {
    addresses: ['alice@example.com'],
    issuer: authority(),
    key: 'ed25519',
    extensions: ['keyUsage = critical, digitalSignature', 'extendedKeyUsage = emailProtection'],
  })

/**
 * A message that Alice's Ed25519 key signed (RFC 8419): openssl's structure, attributes and digest, which OpenSSL 3.0
 * makes for other keys alone, with that signer in it.
 */
function signedWith(
  who: TestCertificate,
  {
    algorithm = oids.ed25519 as string,
    attributes = true,
    signature = (data: Buffer) => sign(null, data, who.keyPem),
  } = {},
): Buffer {
  const options = attributes ? [] : ['-noattr']
  const message = messageOf(signedBy([alice()], entity, '-md', 'sha512', ...options))
  const pieces = takeApart(signatureIn(message))
  const { raw } = new X509Certificate(who.pem)
  const toBeSigned = childOf(readDer(raw), 0)
  const id = sequence(childOf(toBeSigned, 3).raw, childOf(toBeSigned, 1).raw)
  const signers = pieces.signers.map((signer) => ({
    ...signer,
    id,
    // Without parameters (section 2.4).
    signatureAlgorithm: sequence(oid(algorithm)),
    signature: signature(signer.attributes ? writeDer(tags.set, ...signer.attributes) : Buffer.from(entity)),
  }))
  const certificates = writeDer(tags.context0, raw)
  return withSignature(message, putTogether({ ...pieces, certificates, signers }))
}

describe('a message signed with Ed25519', () => {
  it.each([
    ['with signed attributes', true],
    ['without', false],
  ])('is verified: %s', async (_, attributes) => {
    const report = await verify(signedWith(edward(), { attributes }), { trust: trust() })
    expect(codesOf(report)).toEqual([])
    expect(report).toMatchObject({ status: 'verified', signers: [{ algorithm: 'Ed25519' }] })
  })

  it.each([
    ['of something else', () => sign(null, Buffer.from('other'), edward().keyPem)],
    ['that is cut short', () => Buffer.alloc(63)],
    ['of nothing', () => Buffer.alloc(0)],
  ])('is not with a signature %s', async (_, signature) => {
    const report = await verify(signedWith(edward(), { signature }), { trust: trust() })
    expect(report.status).toBe('broken')
    expect(codesOf(report)).toContain('SIGNATURE_WRONG')
  })

  it('is not by a key of another kind', async () => {
    const signature = (data: Buffer) => sign('sha512', data, alice().keyPem)
    const report = await verify(signedWith(alice(), { signature }), { trust: trust() })
    expect(codesOf(report)).toContain('SIGNATURE_WRONG')
  })
})

describe('a message signed with Ed448', () => {
  it('is not read, and the reason says so', async () => {
    const who = testCertificate('edwina', {
      addresses: ['alice@example.com'],
      issuer: authority(),
      key: 'ed448',
    })
    const report = await verify(signedWith(who, { algorithm: oids.ed448 }), { trust: trust() })
    expect(report.status).not.toBe('verified')
    expect(codesOf(report)).toContain('ALGORITHM_UNSUPPORTED')
  })
})
