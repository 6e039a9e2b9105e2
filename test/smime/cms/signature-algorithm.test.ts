import { describe, expect, it } from 'vitest'
import { loadIdentity, type SignOptions, sign } from '../../../src/smime/index.js'
import { authority, type KeyKind, openssl, temporaryFile } from '../../certificates/certificates.js'
import { takeApart } from '../../readers/mime.js'
import { opensslReader } from '../../readers/openssl.js'
import { wire } from '../example-mail.js'
import { expectGood, identityOf, printed, signed, signer, signerInfosIn } from '../signed-mail.js'

const sha = { sha256: 'sha256', sha384: 'sha384', sha512: 'sha512' } as const

describe('how a key signs', () => {
  it.each<[KeyKind, SignOptions, string, string]>([
    ['rsa:2048', {}, sha.sha256, 'rsaEncryption'],
    ['rsa:2048', { signatureHash: 'sha384' }, sha.sha384, 'rsaEncryption'],
    ['rsa:2048', { signatureHash: 'sha512' }, sha.sha512, 'rsaEncryption'],
    ['rsa:2048', { signatureScheme: 'pss' }, sha.sha256, 'rsassaPss'],
    ['rsa:2048', { signatureScheme: 'pss', signatureHash: 'sha512' }, sha.sha512, 'rsassaPss'],
    ['rsa-pss', {}, sha.sha256, 'rsassaPss'],
    ['rsa-pss', { signatureHash: 'sha384' }, sha.sha384, 'rsassaPss'],
    ['ec', {}, sha.sha256, 'ecdsa-with-SHA256'],
    ['ec', { signatureHash: 'sha512' }, sha.sha512, 'ecdsa-with-SHA512'],
    ['ec:P-384', {}, sha.sha384, 'ecdsa-with-SHA384'],
    ['ec:P-521', {}, sha.sha512, 'ecdsa-with-SHA512'],
  ])('%s with %j: %s, %s', async (key, options, digest, algorithm) => {
    const mail = await signed(signer(key), options)
    await expectGood(mail)
    const [info] = signerInfosIn(printed(takeApart(await wire(mail)).signature))
    expect(info).toMatch(new RegExp(`digestAlgorithm: \\s+algorithm: ${digest} `))
    expect(info).toMatch(new RegExp(`signatureAlgorithm: \\s+algorithm: ${algorithm} `))
    expect((await wire(mail)).toString('latin1')).toContain(`micalg=${digest.replace('sha', 'sha-')};`)
  })

  it('a key for PSS with one hash alone signs with that, which OpenSSL 3.0 cannot read, nor what it makes itself', async () => {
    const who = signer('rsa-pss:sha384')
    const message = await wire(await signed(who))
    expect(signerInfosIn(printed(takeApart(message).signature))[0]).toMatch(/algorithm: sha384 /)
    const reader = await opensslReader({ authorities: [authority()] })
    expect(await reader.verify(message)).toMatchObject({
      ok: false,
      says: expect.stringMatching('not allowed'),
    })
    const signing = ['cms', '-sign', '-signer', who.certificate, '-inkey', who.key, '-md', 'sha384']
    expect(await reader.verify(openssl(signing, ['-in', who.certificate]))).toMatchObject({ ok: false })
  })

  it('with PSS, the salt is as long as the hash', async () => {
    const mail = await signed(signer('rsa:2048'), { signatureScheme: 'pss', signatureHash: 'sha384' })
    const file = temporaryFile('p7s', takeApart(await wire(mail)).signature)
    const parsed = openssl(['asn1parse', '-inform', 'DER', '-in', file]).toString()
    const parameters = parsed.slice(parsed.lastIndexOf(':rsassaPss')).split('\n').slice(0, 14).join('\n')
    expect(parameters.match(/:sha384/g)).toHaveLength(2)
    expect(parameters).toMatch(/:mgf1/)
    expect(parameters).toMatch(/INTEGER +:30/)
  })

  it.each<[string, KeyKind, SignOptions, RegExp]>([
    [
      'PKCS#1 of a key for PSS alone',
      'rsa-pss',
      { signatureScheme: 'pkcs1' },
      /for PSS alone; leave signatureScheme out/,
    ],
    [
      'another hash than its own',
      'rsa-pss:sha384',
      { signatureHash: 'sha256' },
      /for sha384 alone; leave signatureHash/,
    ],
    [
      'PSS of a short key',
      'rsa:1024',
      { signatureScheme: 'pss', signatureHash: 'sha512' },
      /1024 bits is too short/,
    ],
  ])('%s is INVALID_CONFIG, at once where the identity is loaded', async (_, key, options, reason) => {
    const refused = {
      code: 'INVALID_CONFIG',
      field: 'smime.identity',
      message: expect.stringMatching(reason),
    }
    await expect(signed(signer(key), options)).rejects.toMatchObject(refused)
    const identity = await loadIdentity(identityOf(signer(key)))
    expect(() => sign({ ...options, identity })).toThrow(expect.objectContaining(refused))
  })

  it.each([
    [{ signatureForm: 'clear' }, 'smime.signatureForm must be detached or opaque'],
    [{ signatureScheme: 'oaep' }, 'smime.signatureScheme must be pkcs1 or pss'],
    [{ signatureHash: 'sha1' }, 'smime.signatureHash must be sha256, sha384 or sha512'],
    [{ signatureHash: '' }, 'smime.signatureHash must be sha256, sha384 or sha512'],
    [{ signaturehash: 'sha256' }, 'there is no option "signaturehash"; did you mean signatureHash?'],
  ])('%j is refused', (options, message) => {
    expect(() => sign(options as SignOptions)).toThrow(message)
  })
})
