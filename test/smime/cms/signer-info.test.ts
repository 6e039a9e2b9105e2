import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sign } from '../../../src/smime/index.js'
import { authority, testCertificate } from '../../certificates/certificates.js'
import { takeApart } from '../../readers/mime.js'
import { exampleMail, wire } from '../example-mail.js'
import { expectGood, printed, signed, signer, signerInfosIn } from '../signed-mail.js'

describe('what the signature says of the signer', () => {
  it('what they can decrypt, best first', async () => {
    const [info = ''] = signerInfosIn(printed(takeApart(await wire(await signed(signer('ec')))).signature))
    const list = info.slice(info.indexOf('S/MIME Capabilities'))
    expect([...list.matchAll(/OBJECT +:(aes\S+)/g)].map(([, name]) => name)).toEqual([
      'aes-256-cbc',
      'aes-192-cbc',
      'aes-128-cbc',
    ])
  })

  it('that answers are to be encrypted to the same certificate, if it is for that', async () => {
    const preference = /id-smime-aa-encrypKeyPref/
    expect(printed(takeApart(await wire(await signed(signer('rsa:2048')))).signature)).toMatch(preference)
    const signsOnly = testCertificate('signs only', {
      addresses: ['soc@example.com'],
      issuer: authority(),
      extensions: ['keyUsage = digitalSignature', 'extendedKeyUsage = emailProtection'],
    })
    expect(printed(takeApart(await wire(await signed(signsOnly))).signature)).not.toMatch(preference)
  })

  it('or else to another that came with it, which then travels along', async () => {
    const wishes = { addresses: ['soc@example.com'], issuer: authority() }
    const usage = (...bits: string[]) => [`keyUsage = ${bits}`, 'extendedKeyUsage = emailProtection']
    const signs = testCertificate('two: signs', { ...wishes, extensions: usage('digitalSignature') })
    const decrypts = testCertificate('two: decrypts', { ...wishes, extensions: usage('keyEncipherment') })
    const identity = { certificate: signs.pem + decrypts.pem, privateKey: signs.keyPem + decrypts.keyPem }
    const mail = await sign({ identity })(exampleMail(), {})
    await expectGood(mail)
    const structure = printed(takeApart(await wire(mail)).signature)
    const { serialNumber } = new X509Certificate(decrypts.pem)
    const preference = structure.slice(structure.indexOf('id-smime-aa-encrypKeyPref'))
    expect(preference).toContain(serialNumber)
    expect(structure).toContain('subject: CN=two: decrypts')
  })
})
