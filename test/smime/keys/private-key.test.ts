import { getCiphers } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadIdentity } from '../../../src/smime/index.js'
import {
  authority,
  type KeyKind,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../../certificates/certificates.js'

const passphrase = 'correct horse'
const owner = (key: KeyKind) =>
  testCertificate(`owner of ${key}`, { addresses: ['soc@example.com'], issuer: authority(), key })

/** The forms without encryption, by openssl's commands. */
const plainForms: { key: KeyKind; form: string; command: string[] }[] = [
  { key: 'rsa:2048', form: 'PKCS#8', command: ['pkcs8', '-topk8', '-nocrypt'] },
  { key: 'rsa:2048', form: 'PKCS#1', command: ['rsa', '-traditional'] },
  { key: 'rsa-pss', form: 'PKCS#8', command: ['pkcs8', '-topk8', '-nocrypt'] },
  { key: 'ec', form: 'PKCS#8', command: ['pkcs8', '-topk8', '-nocrypt'] },
  { key: 'ec', form: 'SEC 1', command: ['ec'] },
  { key: 'ec:P-384', form: 'SEC 1', command: ['ec'] },
  { key: 'ec:P-521', form: 'SEC 1 with its curve in full', command: ['ec', '-param_enc', 'explicit'] },
  { key: 'ed25519', form: 'PKCS#8', command: ['pkcs8', '-topk8', '-nocrypt'] },
]

/** Those ciphers that openssl writes into the old form, and Node still has. */
const oldCiphers = [
  'aes-128',
  'aes-192',
  'aes-256',
  'aria-128',
  'aria-256',
  'camellia-128',
  'camellia-256',
  'des-ede3',
]
  .map((name) => `${name}-cbc`)
  .filter((name) => getCiphers().includes(name))

describe('a private key is taken', () => {
  it.each(plainForms)('of $key as $form, in PEM and DER', async ({ key, command }) => {
    await expectKey(owner(key), converted(owner(key), command))
    await expectKey(owner(key), converted(owner(key), [...command, '-outform', 'DER']))
  })

  it.each(
    ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc', 'camellia-192-cbc', 'aria-192-cbc'].flatMap(
      (cipher) => ['hmacWithSHA1', 'hmacWithSHA256', 'hmacWithSHA512'].map((prf) => ({ cipher, prf })),
    ),
  )('as PKCS#8 encrypted with $cipher, $prf', async ({ cipher, prf }) => {
    await expectLocked(owner('ec'), ['pkcs8', '-topk8', '-v2', cipher, '-v2prf', prf])
  })

  it.each(['hmacWithSHA224', 'hmacWithSHA384', 'hmacWithSHA512-256', 'hmacWithMD5'])(
    'as PKCS#8 encrypted with %s',
    async (prf) => {
      await expectLocked(owner('ec'), ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-v2prf', prf])
    },
  )

  it('as PKCS#8 encrypted by scrypt', async () => {
    await expectLocked(owner('rsa:2048'), ['pkcs8', '-topk8', '-scrypt'])
  })

  it.each(['PBE-SHA1-3DES', 'PBE-SHA1-2DES', 'PBE-SHA1-RC2-128', 'PBE-SHA1-RC2-40'])(
    'as PKCS#8 encrypted with %s',
    async (scheme) => {
      await expectLocked(owner('rsa:2048'), ['pkcs8', '-topk8', '-v1', scheme, ...legacy])
    },
  )

  it.each(
    oldCiphers.flatMap((cipher) => [
      { cipher, form: 'PKCS#1' },
      { cipher, form: 'SEC 1' },
    ]),
  )('as $form with the encryption of RFC 1421: $cipher', async ({ cipher, form }) => {
    if (form === 'PKCS#1') await expectLocked(owner('rsa:2048'), ['rsa', '-traditional', `-${cipher}`])
    else await expectLocked(owner('ec'), ['ec', `-${cipher}`])
  })

  it('with text around it, and the curve’s own block before it', async () => {
    const curve = openssl(['ecparam', '-name', 'prime256v1']).toString()
    const key = readFileSync(converted(owner('ec'), ['ec']), 'latin1')
    await expectKey(owner('ec'), `Bag Attributes\n    friendlyName: soc\n${curve}${key}That was it.\n`)
  })

  it('among several: the one that belongs to the certificate', async () => {
    const { keyPem } = owner('ec')
    await expectKey(owner('ec'), person('alice@example.com').keyPem + keyPem + owner('ed25519').keyPem)
  })
})

describe('a private key that is not taken', () => {
  it('with a cipher that Node has lost is IDENTITY_UNSUPPORTED', async () => {
    const locked = temporaryPath('des.key')
    openssl(
      ['rsa', '-traditional', '-des', '-in', owner('rsa:2048').key, '-out', locked],
      ['-passout', `pass:${passphrase}`, ...legacy],
    )
    await expect(load(owner('rsa:2048'), locked, passphrase)).rejects.toMatchObject({
      code: 'IDENTITY_UNSUPPORTED',
      field: 'smime.identity.privateKey',
      message: expect.stringContaining('DES-CBC'),
    })
  })

  it('of OpenSSH says how to convert it', async () => {
    const text =
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n'
    await expect(load(owner('ec'), text)).rejects.toMatchObject({
      code: 'IDENTITY_UNSUPPORTED',
      message: expect.stringContaining('ssh-keygen -p -m PKCS8'),
    })
  })

  it('of a kind that nobody knows is IDENTITY_UNSUPPORTED', async () => {
    const der = readFileSync(converted(owner('ed25519'), ['pkcs8', '-topk8', '-nocrypt', '-outform', 'DER']))
    const odd = Buffer.from(der)
    // id-Ed25519 is 1.3.101.112; there is no 1.3.101.127.
    odd[der.indexOf(Buffer.from('06032b6570', 'hex')) + 4] = 0x7f
    const privateKey = temporaryFile('odd.der', odd)
    await expect(load(owner('ed25519'), privateKey)).rejects.toMatchObject({
      code: 'IDENTITY_UNSUPPORTED',
      message: expect.stringContaining('1.3.101.127'),
    })
  })

  it('that asks scrypt for a gigabyte is refused before any work', async () => {
    const path = temporaryPath('scrypt.der')
    openssl(
      ['pkcs8', '-topk8', '-scrypt', '-scrypt_N', '1024', '-in', owner('ec').key, '-out', path],
      ['-outform', 'DER', '-passout', `pass:${passphrase}`],
    )
    const der = readFileSync(path)
    for (const huge of ['02027fff', '02024000']) {
      const bomb = Buffer.from(der)
      Buffer.from(huge, 'hex').copy(bomb, bomb.indexOf(Buffer.from('02020400', 'hex')))
      // The block size stands behind: from 8 to 127.
      const blockSize = bomb.indexOf(Buffer.from('020108', 'hex'))
      bomb[blockSize + 2] = 0x7f
      await expect(load(owner('ec'), temporaryFile('bomb.der', bomb), passphrase)).rejects.toMatchObject({
        code: 'IDENTITY_UNSUPPORTED',
      })
    }
  })
})

describe('certificates in PEM', () => {
  const files: [string, () => string][] = [
    ['with text around them', () => openssl(['x509', '-in', owner('ec').certificate, '-text']).toString()],
    [
      'in a bundle, the signer last',
      () => authority().pem + person('alice@example.com').pem + owner('ec').pem,
    ],
    ['in a bundle with the key', () => owner('ec').keyPem + owner('ec').pem],
    [
      'that are TRUSTED',
      () => openssl(['x509', '-in', owner('ec').certificate, '-trustout', '-setalias', 'soc']).toString(),
    ],
    ['of the older name', () => owner('ec').pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')],
    ['with the line ends of Windows', () => owner('ec').pem.replaceAll('\n', '\r\n')],
  ]
  it.each(files)('%s', async (_, pem) => {
    const { keyPem } = owner('ec')
    const identity = await loadIdentity({ certificate: pem(), privateKey: keyPem })
    expect(identity.summary.subject).toBe('CN=owner of ec')
    const file = temporaryFile('certificates.pem', pem())
    expect((await loadIdentity({ certificate: file, privateKey: keyPem })).summary).toEqual(identity.summary)
  })
})

/** DES and RC2 are in a provider of their own. */
const legacy = ['-provider', 'legacy', '-provider', 'default']

function converted({ key }: TestCertificate, command: string[]): string {
  const path = temporaryPath('converted.key')
  openssl(command, ['-in', key, '-out', path])
  return path
}

async function expectKey(who: TestCertificate, privateKey: string): Promise<void> {
  const identity = await load(who, privateKey)
  expect(identity.summary.subject).toBe(`CN=${who.name}`)
}

async function expectLocked(who: TestCertificate, command: string[]): Promise<void> {
  const path = temporaryPath('locked.key')
  openssl(command, ['-in', who.key, '-out', path, '-passout', `pass:${passphrase}`])
  expect((await load(who, path, passphrase)).summary.subject).toBe(`CN=${who.name}`)
  for (const wrong of ['wrong', undefined]) {
    await expect(load(who, path, wrong)).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' })
  }
}

function load({ certificate }: TestCertificate, privateKey: string, secret?: string) {
  return loadIdentity({ certificate, privateKey, passphrase: secret })
}
