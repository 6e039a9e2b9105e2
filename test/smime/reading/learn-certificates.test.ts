import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encrypt, learnCertificates, verify } from '../../../src/smime/index.js'
import { temporaryFile, temporaryPath } from '../../certificates/certificates.js'
import { exampleMail } from '../example-mail.js'
import { alice, messageOf, signedBy, trust } from './messages.js'

const verified = async () => {
  const result = await verify(messageOf(signedBy([alice()])), { trust: trust() })
  if (result.status !== 'verified') throw new Error(result.status)
  return result
}

describe('the certificate of a verified message’s signer', () => {
  it('is kept once, and found when they are written to', async () => {
    const folder = temporaryPath('learned')
    expect(await learnCertificates(await verified(), folder)).toHaveLength(1)
    expect(await learnCertificates(await verified(), folder)).toEqual([])
    const mail = await encrypt({ certificates: folder })(exampleMail({ encrypt: true }), {})
    expect(mail.recipientsCertificates).toMatchObject([{ recipient: 'alice@example.com' }])
  })

  it('is not learned from any other message, whatever plain JavaScript hands over', async () => {
    const folder = temporaryPath('nothing')
    const untrusted = { ...(await verified()), status: 'untrusted' }
    // @ts-expect-error: the types refuse it, too
    await expect(learnCertificates(untrusted, folder)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(() => readdirSync(folder)).toThrow()
  })

  it('is an error where it cannot be kept', async () => {
    const file = temporaryFile('file', '')
    await expect(learnCertificates(await verified(), file)).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
  })
})
