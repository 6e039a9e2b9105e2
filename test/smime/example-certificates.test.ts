import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encrypt, sign } from '../../src/smime/index.js'
import { openssl, temporaryPath } from '../certificates/certificates.js'
import { exampleMail, to } from './example-mail.js'

// A script in plain JavaScript, which the tests' types know nothing of.
const { makeExampleCertificates } = await import(
  new URL('../../scripts/example-certificates.mjs', import.meta.url).href
)

describe('the example certificates', () => {
  it('sign and encrypt without a warning, and openssl trusts them', async () => {
    const made = await makeExampleCertificates(temporaryPath('example'))
    const mail = exampleMail({ encrypt: true }, [to('ciso@example.com'), to('oncall@example.com')])
    const signed = await sign({ identity: made.signer })(mail, {})
    const encrypted = await encrypt({ certificates: made.certificates, trust: made.ca })(signed, {})
    expect(encrypted.warnings).toEqual([])
    expect(encrypted.signer?.addresses).toEqual(['soc@example.com'])

    const verify = (purpose: string, file: string) =>
      openssl(['verify', '-x509_strict', '-CAfile', made.ca, '-purpose', purpose, file]).toString()
    for (const { certificate } of made.recipients) expect(verify('smimeencrypt', certificate)).toMatch(/OK/)
    expect(verify('sslserver', made.server.certificate)).toMatch(/OK/)
    expect(readFileSync(made.server.key, 'utf8')).toMatch(/PRIVATE KEY/)
  })
})
