import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MimeMail } from '../../src/mail.js'
import { encrypt, sign } from '../../src/smime/index.js'
import {
  authority,
  authorityExtensions,
  person,
  pkcs12,
  type TestCertificate,
  testCertificate,
} from '../certificates/certificates.js'
import { gpgsmReader } from '../readers/gpgsm.js'
import { nssReader } from '../readers/nss.js'
import { opensslReader } from '../readers/openssl.js'
import type { Reader } from '../readers/reader.js'
import { describeWith } from '../setup/with-peer.js'
import { exampleContent, exampleMail, to, wire } from './example-mail.js'

const readers = [
  { peer: 'openssl', open: opensslReader },
  { peer: 'nss', open: nssReader },
  { peer: 'gpgsm', open: gpgsmReader },
] as const

interface Cast {
  readonly title: string
  readonly make: () => ReturnType<typeof cast>
  /** A reader that cannot even import the certificates, and its reason. */
  readonly unreadable?: { readonly peer: string; readonly because: RegExp }
}

/** Who issues, signs and reads. Each tells readers apart that compare names from those that print them. */
const casts: Cast[] = [
  { title: 'a plain authority', make: () => cast('plain', authority()) },
  {
    title: 'an intermediate authority between',
    make: () => {
      const intermediate = testCertificate('intermediate', {
        subject: '/C=DE/O=Example/CN=Example Intermediate',
        issuer: authority(),
        extensions: authorityExtensions,
      })
      return cast('below', intermediate)
    },
  },
  {
    title: 'an issuer with non-ASCII letters',
    make: () =>
      cast('umlaut', namedAuthority('/C=DE/O=Würzburger Büro für Sicherheit/CN=Zertifizierungsstelle Ω')),
  },
  {
    title: 'an issuer with a multi-valued RDN',
    // libksba 1.6 takes no certificate from such an issuer, whoever made the message.
    unreadable: { peer: 'gpgsm', because: /no issuer found in certificate/ },
    make: () => cast('multi', namedAuthority('/C=DE/O=Example+OU=Trust/CN=Multi')),
  },
]

for (const { peer, open } of readers) {
  describeWith(peer)(`${peer} reads what we write`, () => {
    for (const { title, make, unreadable } of casts.filter((each) => each.unreadable?.peer === peer)) {
      it(`but not with ${title}: it cannot import the certificates`, async () => {
        const { root, recipient } = make()
        await expect(open({ authorities: [root], owner: recipient })).rejects.toThrow(unreadable?.because)
      })
    }

    describe.each(casts.filter((each) => each.unreadable?.peer !== peer))('with $title', ({ make }) => {
      let reader: Reader
      let stages: { sign: ReturnType<typeof sign>; encrypt: ReturnType<typeof encrypt> }
      let mail: MimeMail

      beforeAll(async () => {
        const { root, signer, recipient } = make()
        reader = await open({ authorities: [root], owner: recipient })
        stages = {
          sign: sign({ identity: { p12: pkcs12(signer, 'x'), passphrase: 'x' } }),
          encrypt: encrypt({}),
        }
        mail = exampleMail({ encryptionCertificates: recipient.pem }, [to(addressOf(recipient))])
      })
      afterAll(() => reader?.close())

      it('signed', async () => {
        const reading = await reader.verify(await wire(await stages.sign(mail, {})))
        expect(reading, reading.says).toMatchObject({ ok: true })
        expect(reading.content.toString()).toBe(exampleContent)
      })

      it('encrypted', async () => {
        const reading = await reader.decrypt(await wire(await stages.encrypt(mail, {})))
        expect(reading, reading.says).toMatchObject({ ok: true })
        expect(reading.content.toString()).toBe(exampleContent)
      })

      it('signed, then encrypted', async () => {
        const outer = await reader.decrypt(await wire(await stages.encrypt(await stages.sign(mail, {}), {})))
        const inner = await reader.verify(outer.content)
        expect(inner, inner.says).toMatchObject({ ok: true })
        expect(inner.content.toString()).toBe(exampleContent)
      })

      it('signed, encrypted, and signed again (triple wrapping, RFC 2634)', async () => {
        const wrapped = await stages.sign(await stages.encrypt(await stages.sign(mail, {}), {}), {})
        const outer = await reader.verify(await wire(wrapped))
        expect(outer, outer.says).toMatchObject({ ok: true })
        const inner = await reader.verify((await reader.decrypt(outer.content)).content)
        expect(inner, inner.says).toMatchObject({ ok: true })
        expect(inner.content.toString()).toBe(exampleContent)
      })

      it('but not once a single letter was changed', async () => {
        const message = (await wire(await stages.sign(mail, {}))).toString('latin1')
        const changed = message.replace('all is quiet', 'All is quiet')
        expect(changed).not.toBe(message)
        expect(await reader.verify(Buffer.from(changed, 'latin1'))).toMatchObject({ ok: false })
      })
    })
  })
}

function cast(prefix: string, issuer: TestCertificate) {
  return {
    root: issuer.issuers.at(-1) ?? issuer,
    signer: testCertificate(`${prefix}-soc`, { addresses: ['soc@example.com'], issuer }),
    recipient: person(`${prefix}-alice@example.com`, { issuer }),
  }
}

function namedAuthority(subject: string): TestCertificate {
  return testCertificate(subject, { subject, extensions: authorityExtensions })
}

/** `person()` names certificates by their address. */
function addressOf({ name }: TestCertificate): string {
  return name
}
