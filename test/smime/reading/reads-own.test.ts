import { describe, expect, it } from 'vitest'
import { decrypt, encrypt, type SignOptions, sign, verify } from '../../../src/smime/index.js'
import { person } from '../../certificates/certificates.js'
import { exampleContent, exampleMail, wire } from '../example-mail.js'
import { codesOf, identityOf, trust } from './messages.js'

const soc = () => person('soc@example.com')
const reader = () => person('alice@example.com')
const options = () => ({ trust: trust(), identity: identityOf(reader()) })

describe('what sign and encrypt make is read', () => {
  it.each<[string, Partial<SignOptions>]>([
    ['detached', {}],
    ['opaque', { signatureForm: 'opaque' }],
    ['RSASSA-PSS', { signatureScheme: 'pss' }],
    ['SHA-512', { signatureHash: 'sha512' }],
  ])('signed: %s', async (_, how) => {
    const signed = await sign({ identity: identityOf(soc()), ...how })(exampleMail(), {})
    const result = await verify(await wire(signed), { trust: trust() })
    expect(codesOf(result)).toEqual([])
    expect(result.status === 'verified' && result.content.toString()).toBe(exampleContent)
  })

  it.each(['aes-128-cbc', 'aes-256-cbc', 'aes-128-gcm', 'aes-256-gcm'] as const)(
    'encrypted: %s, by RSA v1.5 and OAEP, and by ECDH',
    async (cipher) => {
      for (const keyTransport of ['pkcs1', 'oaep'] as const) {
        for (const key of ['rsa:2048', 'ec'] as const) {
          const owner = key === 'ec' ? person('ec@example.com', { key }) : reader()
          const request = exampleMail({ encrypt: true, encryptionCertificates: owner.pem }, [
            { address: owner.name, kind: 'to' },
          ])
          const mail = await encrypt({ cipher, keyTransport })(request, {})
          const result = await decrypt(await wire(mail), { identity: identityOf(owner) })
          expect(result.status === 'unsigned' && result.unverifiedContent.toString()).toBe(exampleContent)
        }
      }
    },
  )

  it('signed, encrypted, and with its header protected (RFC 9788)', async () => {
    const protectHeaders = true
    const headers = [...exampleMail().headers, { name: 'Subject', value: 'The real one' }]
    const wanted = exampleMail({ encrypt: true, encryptionCertificates: reader().pem }, undefined, {
      headers,
    })
    const signed = await sign({ identity: identityOf(soc()), protectHeaders })(wanted, {})
    const bytes = await wire(await encrypt({ protectHeaders })(signed, {}))
    expect(bytes.toString()).not.toContain('The real one')
    const result = await verify(bytes, options())
    expect(codesOf(result)).toEqual([])
    expect(result.headers.filter(({ name }) => name === 'Subject')).toEqual([
      { name: 'Subject', value: 'The real one', coverage: 'signed and encrypted', outside: '[...]' },
    ])
  })
})
