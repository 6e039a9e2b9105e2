// Signed by the SOC, readable by the CISO alone. The keys are made on the spot; use your own in earnest.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNotifier } from 'incident-mailer'
import { makeExampleCertificates } from '../scripts/example-certificates.mjs'

const keys = await makeExampleCertificates(await mkdtemp(join(tmpdir(), 'incident-mailer-keys-')))

const notifier = await createNotifier({
  from: 'SOC <soc@example.com>',
  transport: { folder: './outbox' },
  smime: {
    identity: { p12: keys.signer.p12, passphrase: keys.signer.passphrase },
    certificates: keys.certificates,
  },
})

const report = await notifier.send({
  to: 'ciso@example.com',
  subject: 'Three accounts taken over',
  body: 'Details in the incident. Please call before you reply.',
  encrypt: true,
})

console.log('signed by', report.signer?.subject)
for (const { recipient, notAfter } of report.recipientsCertificates) {
  console.log('readable by', recipient, 'until', notAfter.slice(0, 10))
}
await notifier.close()
