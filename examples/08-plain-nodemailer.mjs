// S/MIME for plain nodemailer: a plugin signs and encrypts what nodemailer builds, and DKIM comes after it.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { smime } from 'incident-mailer/smime'
import { createTransport } from 'nodemailer'
import { makeExampleCertificates } from '../scripts/example-certificates.mjs'

const keys = await makeExampleCertificates(await mkdtemp(join(tmpdir(), 'incident-mailer-keys-')))

const transporter = createTransport({ streamTransport: true, buffer: true })
transporter.use(
  'stream',
  smime({
    identity: { p12: keys.signer.p12, passphrase: keys.signer.passphrase },
    certificates: keys.certificates,
  }),
)

const { message } = await transporter.sendMail({
  from: 'SOC <soc@example.com>',
  to: 'ciso@example.com',
  subject: 'Three accounts taken over',
  text: 'Details in the incident.',
  smime: { encrypt: true, protectHeaders: true },
})

console.log(message.toString().slice(0, message.indexOf('\r\n\r\n')))
