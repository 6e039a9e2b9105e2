import { expect } from 'vitest'
import type { MimeMail } from '../../src/mail.js'
import { type SignOptions, sign } from '../../src/smime/index.js'
import {
  authority,
  type KeyKind,
  openssl,
  type TestCertificate,
  temporaryFile,
  testCertificate,
} from '../certificates/certificates.js'
import { opensslReader } from '../readers/openssl.js'
import { exampleContent, exampleMail, wire } from './example-mail.js'

/** Who signs with this one's key. */
export const identityOf = ({ pem, keyPem }: TestCertificate) => ({ certificate: pem, privateKey: keyPem })
/** The sender, with a key of a kind. */
export const signer = (key: KeyKind) =>
  testCertificate(`soc ${key}`, { addresses: ['soc@example.com'], issuer: authority(), key })
/** The example mail, signed. */
export const signed = (who: TestCertificate, options: SignOptions = {}, mail = exampleMail()) =>
  sign({ identity: identityOf(who), ...options })(mail, {})

/** openssl finds the signature good, and the example inside. */
export async function expectGood(mail: MimeMail): Promise<void> {
  const reader = await opensslReader({ authorities: [authority()] })
  const reading = await reader.verify(await wire(mail))
  expect(reading, reading.says).toMatchObject({ ok: true })
  expect(reading.content.toString()).toBe(exampleContent)
}

/** What openssl prints of a structure. */
export function printed(structure: Buffer): string {
  const file = temporaryFile('cms', structure)
  return openssl(['cms', '-cmsout', '-print', '-inform', 'DER', '-in', file]).toString()
}

/** What openssl prints of each signer. */
export function signerInfosIn(print: string): string[] {
  return print
    .slice(print.indexOf('signerInfos:'))
    .split(/^ {8}version: /m)
    .slice(1)
}
