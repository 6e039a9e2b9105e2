/**
 * The example keys of RFC 9216: Alice and Bob have RSA, Carlos and Dana Ed25519 and X25519, from two authorities
 * that vouch for each other.
 */
import { describe, expect, it } from 'vitest'
import { decrypt, encrypt, loadIdentity, sign, verify } from '../../../src/smime/index.js'
import { temporaryFile } from '../../certificates/certificates.js'
import { exampleMail, to, wire } from '../example-mail.js'
import { pemIn, rfcSections, rfcs } from './rfc-text.js'

const keys = rfcSections('rfc9216.txt')
const pem = (number: string) => pemIn(keys, number).text
const moment = new Date('2021-02-21')
const withRsa: [name: string, section: number][] = [
  ['alice', 4],
  ['bob', 5],
]
const withEd25519: [name: string, section: number][] = [
  ['carlos', 7],
  ['dana', 8],
]
const kindsOf = (section: number) => (section < 6 ? ['rsa', 'rsa'] : ['ed25519', 'x25519'])

function identityOf(name: string, section: number, passphrase = name) {
  return loadIdentity({ p12: pemIn(keys, `${section}.5`).bytes, passphrase })
}

function mailFrom(name: string) {
  const from = `${name}@smime.example`
  const headers = [
    { name: 'From', value: from },
    { name: 'MIME-Version', value: '1.0' },
  ]
  return exampleMail({}, [to('bob@smime.example')], { sender: from, headers })
}

if (rfcs === undefined) {
  it('SMIME_RFCS names no folder: no key of RFC 9216 is read', () => {
    expect(keys).toEqual([])
  })
} else {
  describe.each([...withRsa, ...withEd25519])('%s', (name, section) => {
    it('has a PKCS#12 file with both keys, the one that signs first', async () => {
      const { pairs, chain } = await identityOf(name, section)
      expect(pairs.map(({ key }) => key.asymmetricKeyType)).toEqual(kindsOf(section))
      expect(chain).toHaveLength(2)
      const wrong = identityOf(name, section, 'mallory')
      await expect(wrong).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' })
    })

    it('has the same keys and certificates in PEM', async () => {
      const { pairs } = await identityOf(name, section)
      for (const [index, pair] of pairs.entries()) {
        const certificate = pem(`${section}.${1 + 2 * index}`)
        const privateKey = pem(`${section}.${2 + 2 * index}`)
        const inPem = await loadIdentity({ certificate, privateKey })
        expect(inPem.key.equals(pair.key)).toBe(true)
        expect(inPem.certificate.der.equals(pair.certificate.der)).toBe(true)
      }
    })
  })

  it.each([3, 6])(
    'the key of the authority in section %i belongs to both its certificates',
    async (section) => {
      for (const certificate of [pem(`${section}.1`), pem(`${section}.3`)]) {
        await expect(loadIdentity({ certificate, privateKey: pem(`${section}.2`) })).resolves.toBeTruthy()
      }
    },
  )

  it.each(withRsa)(
    'mail of %s is verified by either authority, as long as they hold',
    async (name, section) => {
      const signed = await sign({ identity: await identityOf(name, section) })(mailFrom(name), {})
      const message = await wire(signed)
      const trust = temporaryFile('rsa-ca', pem('3.1'))
      expect(await verify(message, { trust, moment })).toMatchObject({ status: 'verified' })
      // By way of the certificate that the other authority gave to this one.
      const crossed = {
        trust: temporaryFile('ed25519-ca', pem('6.1')),
        certificates: temporaryFile('cross', pem('3.3')),
      }
      expect(await verify(message, { ...crossed, moment })).toMatchObject({
        status: 'verified',
        signers: [{ chain: { length: 3 } }],
      })
      for (const outside of ['2019-11-19', '2052-10-01']) {
        const late = await verify(message, { trust, moment: new Date(outside) })
        expect(late).toMatchObject({ status: 'untrusted' })
      }
    },
  )

  it('bob reads what is encrypted to his certificate', async () => {
    const protection = { encrypt: true, encryptionCertificates: pem('5.3') }
    const mail = await encrypt({})(exampleMail(protection, [to('bob@smime.example')]), {})
    const { layers } = await decrypt(await wire(mail), { identity: await identityOf('bob', 5) })
    expect(layers).toMatchObject([{ openedWith: { subject: expect.stringContaining('Bob Babbage') } }])
  })

  it.each(withEd25519)(
    '%s neither signs mail nor gets it encrypted, and is told why',
    async (name, section) => {
      const identity = await identityOf(name, section)
      await expect(async () => sign({ identity })(mailFrom(name), {})).rejects.toMatchObject({
        code: 'IDENTITY_UNSUITABLE',
        message: expect.stringMatching(/ED25519.*get a certificate for an RSA or EC key/),
      })
      const protection = { encrypt: true, encryptionCertificates: pem(`${section}.3`) }
      const mail = exampleMail(protection, [to(`${name}@smime.example`)])
      await expect(async () => encrypt({})(mail, {})).rejects.toMatchObject({
        message: expect.stringMatching(/X25519/),
      })
    },
  )
}
