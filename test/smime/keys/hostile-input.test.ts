import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { encrypt, type IdentityOptions, loadIdentity } from '../../../src/smime/index.js'
import { openssl, person, pkcs12, temporaryPath } from '../../certificates/certificates.js'
import { damaged, expectOurs, failure } from '../damaged.js'
import { exampleMail } from '../example-mail.js'

const passphrase = 'correct horse'
const soc = () => person('soc@example.com')

describe('damaged input ends in an error of ours', () => {
  it.each([[], ['-legacy'], ['-nomac', '-certpbe', 'NONE', '-keypbe', 'NONE'], ['-nomac']])(
    'a p12, cut off or with a bit turned over %s',
    async (...options) => {
      const whole = readFileSync(pkcs12(soc(), passphrase, ...options))
      for (const p12 of damaged(whole, 150)) await expectOurs(loadIdentity({ p12, passphrase }))
    },
  )

  it('a certificate or key in PEM, cut off or with a letter changed', async () => {
    const { pem, keyPem } = soc()
    for (const bytes of damaged(Buffer.from(pem), 150)) {
      const text = bytes.toString('latin1')
      await expectOurs(loadIdentity({ certificate: text, privateKey: keyPem }))
      await expectOurs(encrypt({})(exampleMail({ encryptionCertificates: text }), {}))
    }
    for (const bytes of damaged(Buffer.from(keyPem), 150)) {
      await expectOurs(
        loadIdentity({
          certificate: pem,
          privateKey: bytes.toString('latin1'),
        }),
      )
    }
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(5000)],
    ['a picture', Buffer.from('89504e470d0a1a0a', 'hex')],
    ['nested too deep', Buffer.from('3080'.repeat(50_000), 'hex')],
    ['a length without end', Buffer.from('30ffffffffffffff', 'hex')],
    ['an empty sequence', Buffer.from('3000', 'hex')],
  ])('%s instead of a p12', async (_, p12) => {
    await expect(loadIdentity({ p12, passphrase })).rejects.toMatchObject({ code: 'IDENTITY_UNREADABLE' })
  })

  it.each([[], ['-nomac']])(
    'a p12 that would keep us busy is refused by its rounds %s',
    async (...options) => {
      const bytes = readFileSync(pkcs12(soc(), passphrase, '-iter', '1000000', ...options))
      const patient = Buffer.from('02030f4240', 'hex')
      const endless = Buffer.from('02037fffff', 'hex')
      const at = options.length > 0 ? bytes.indexOf(patient) : bytes.lastIndexOf(patient)
      expect(at).toBeGreaterThan(0)
      endless.copy(bytes, at)
      await expect(loadIdentity({ p12: bytes, passphrase })).rejects.toMatchObject({
        code: 'IDENTITY_UNSUPPORTED',
        message: expect.stringContaining('rounds'),
      })
    },
  )

  it('so is a key in PEM', async () => {
    const path = temporaryPath('slow.key')
    openssl(
      ['pkcs8', '-topk8', '-iter', '1000000', '-in', soc().key, '-out', path, '-outform', 'DER'],
      ['-passout', `pass:${passphrase}`],
    )
    const der = readFileSync(path)
    Buffer.from('02037fffff', 'hex').copy(der, der.indexOf(Buffer.from('02030f4240', 'hex')))
    const privateKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${der.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----`
    await expect(loadIdentity({ certificate: soc().pem, privateKey, passphrase })).rejects.toMatchObject({
      code: 'IDENTITY_UNSUPPORTED',
      message: expect.stringContaining('rounds'),
    })
  })
})

describe('a p12 that asks for too many rounds in all', () => {
  it('is refused before the passphrase is tried', async () => {
    const p12 = readFileSync(pkcs12(soc(), 'right', '-iter', '1700000'))
    await expect(loadIdentity({ p12, passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'IDENTITY_UNSUPPORTED',
      message: expect.stringContaining('rounds'),
    })
  })

  it.each(['2048', '100000'])('which %s are not', async (rounds) => {
    const p12 = readFileSync(pkcs12(soc(), 'right', '-iter', rounds))
    await expect(loadIdentity({ p12, passphrase: 'right' })).resolves.toBeDefined()
  })
})

describe('no error tells a secret', () => {
  it('neither the passphrase, nor the key, nor what was decrypted, however deep one looks', async () => {
    const { pem, keyPem } = soc()
    const secret = 'S3cr3t-passphrase'
    const p12 = readFileSync(pkcs12(soc(), secret))
    const encryptedKey = temporaryPath('encrypted.key')
    openssl(['pkcs8', '-topk8', '-in', soc().key, '-out', encryptedKey, '-passout', 'pass:other'])
    const attempts: IdentityOptions[] = [
      { p12: pkcs12(soc(), 'other'), passphrase: secret },
      ...damaged(p12, 100).map((bytes) => ({ p12: bytes, passphrase: secret })),
      { certificate: pem, privateKey: encryptedKey, passphrase: secret },
      { certificate: person('alice@example.com').pem, privateKey: keyPem, passphrase: secret },
      ...damaged(Buffer.from(keyPem), 100).map((bytes) => ({
        certificate: pem,
        privateKey: bytes.toString('latin1'),
        passphrase: secret,
      })),
    ]
    const bareKey = keyPem.replace(/-----.*-----/g, '')
    for (const text of [bareKey, bareKey.replace(/\s/g, '')]) {
      attempts.push(
        { certificate: pem, privateKey: text },
        { certificate: text, privateKey: keyPem },
        { p12: text },
      )
    }
    const keyLines = keyPem.split('\n').filter((line) => line.length > 40)
    let errors = 0
    for (const options of attempts) {
      const error = await failure(loadIdentity(options))
      if (!error) continue
      errors++
      const everything = inspect(error, { depth: null, showHidden: true, maxStringLength: null })
      expect(everything).not.toContain(secret)
      for (const line of keyLines) expect(everything).not.toContain(line)
    }
    expect(errors).toBeGreaterThan(100)
  })

  it('nor does an identity when it is logged', async () => {
    const identity = await loadIdentity({ certificate: soc().pem, privateKey: soc().keyPem })
    expect(inspect(identity, { depth: null })).not.toContain('PRIVATE KEY')
    expect(JSON.stringify(identity)).not.toContain('PRIVATE KEY')
  })
})
