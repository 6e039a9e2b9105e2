import { describe, expect, it } from 'vitest'
import type { MimeEntity } from '../../../src/mail.js'
import { sign } from '../../../src/smime/index.js'
import { authority, person, testCertificate } from '../../certificates/certificates.js'
import { cmsOf, takeApart } from '../../readers/mime.js'
import {
  deliveryOf,
  exampleContent,
  exampleEntity,
  exampleMail,
  mailOf,
  streamed,
  warningCodes,
  wire,
} from '../example-mail.js'
import { expectGood, identityOf, printed, signed, signer, signerInfosIn } from '../signed-mail.js'

describe('an opaque signature', () => {
  it('holds the content in application/pkcs7-mime', async () => {
    const mail = await signed(signer('rsa:2048'), { signatureForm: 'opaque' })
    expect(deliveryOf(mail).entity.headers[0]?.value).toBe(
      'application/pkcs7-mime; smime-type=signed-data;\r\n name="smime.p7m"',
    )
    const structure = cmsOf(await wire(mail))
    expect(structure.includes(exampleContent)).toBe(true)
    await expectGood(mail)
  })

  it('of a stream is the same structure, written as it is read', async () => {
    const entity = streamed(exampleEntity, 1)
    const mail = await signed(signer('rsa:2048'), { signatureForm: 'opaque' }, mailOf(entity))
    expect(Array.isArray(deliveryOf(mail).entity.body())).toBe(false)
    expect((await wire(mail)).equals(await wire(mail))).toBe(true)
    await expectGood(mail)
  })
})

describe('several signers', () => {
  const cosigners = () => [identityOf(signer('ec:P-384')), identityOf(signer('rsa-pss'))]

  it.each(['detached', 'opaque'] as const)('each sign: %s', async (signatureForm) => {
    const mail = await signed(signer('rsa:2048'), { cosigners: cosigners(), signatureForm })
    await expectGood(mail)
    const message = await wire(mail)
    const structure = signatureForm === 'opaque' ? cmsOf(message) : takeApart(message).signature
    expect(signerInfosIn(printed(structure))).toHaveLength(3)
    if (signatureForm === 'detached')
      expect(message.toString('latin1')).toContain('micalg="sha-256,sha-384";')
    expect(mail.signer?.subject).toBe('CN=soc rsa:2048')
    expect(mail.cosigners?.map(({ subject }) => subject)).toEqual(['CN=soc ec:P-384', 'CN=soc rsa-pss'])
    expect(mail.warnings).toEqual([])
  })

  it('are all checked: one whose certificate has expired keeps the mail back', async () => {
    const old = person('old-soc', { validity: ['20200101000000Z', '20210101000000Z'] })
    const mail = signed(signer('rsa:2048'), { cosigners: [identityOf(old)] })
    await expect(mail).rejects.toMatchObject({ code: 'IDENTITY_EXPIRED', field: 'smime.cosigners[0]' })
  })

  it('are warned of like the first, but need not be the author', async () => {
    const web = testCertificate('web', { issuer: authority(), extensions: ['extendedKeyUsage = serverAuth'] })
    const boss = person('boss@example.com')
    const mail = await signed(signer('rsa:2048'), { cosigners: [identityOf(boss), identityOf(web)] })
    expect(warningCodes(mail)).toEqual(['NO_EMAIL_PROTECTION'])
  })

  it('are a list, beside an identity', () => {
    expect(() => sign({ cosigners: cosigners() })).toThrow('set that one first')
    expect(() => sign({ identity: identityOf(signer('ec')), cosigners: 'soc.p12' as never })).toThrow(
      'must be a list',
    )
  })
})

describe('a body that is a stream', () => {
  it.each([1, 2, 3, 7, 1000])('is signed as one in memory, in chunks of %i', async (size) => {
    const mail = await signed(signer('rsa:2048'), {}, mailOf(streamed(exampleEntity, size)))
    expect(takeApart(await wire(mail)).content.toString()).toBe(exampleContent)
    await expectGood(mail)
  })

  it.each(['detached', 'opaque'] as const)(
    'that has changed since is an error, and not a false signature (%s)',
    async (signatureForm) => {
      for (const later of ['All quiet.\r\nReally.\r\n', 'ALL QUIET.\r\n', '']) {
        const texts = ['All quiet.\r\n']
        const entity: MimeEntity = {
          headers: exampleEntity.headers,
          async *body() {
            yield Buffer.from(texts.pop() ?? later)
          },
        }
        const mail = await signed(signer('rsa:2048'), { signatureForm }, mailOf(entity))
        await expect(wire(mail)).rejects.toMatchObject({ code: 'INVALID_REQUEST', stage: 'sign' })
      }
    },
  )

  it('is not read to its end once the caller has given up', async () => {
    const caller = new AbortController()
    const entity: MimeEntity = {
      headers: [],
      async *body() {
        for (;;) {
          yield Buffer.from('All quiet.\r\n')
          caller.abort()
        }
      },
    }
    const stage = sign({ identity: identityOf(signer('rsa:2048')) })
    await expect(stage(mailOf(entity), { signal: caller.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

it('mails signed at the same time are all good', async () => {
  const stage = sign({ identity: identityOf(signer('rsa:2048')) })
  const mails = await Promise.all(Array.from({ length: 8 }, () => stage(exampleMail(), {})))
  for (const mail of mails) await expectGood(mail)
})
