// One mail of so many megabytes, made up as it is read, signed, encrypted and written to a file, in a process of its
// own: node bench/stream-mail.mjs MEGABYTES P12 PASSPHRASE CERTIFICATE OUT. Prints seconds and peak memory.

import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { encrypt, messageStream, sign } from 'incident-mailer'

const [megabytes, p12, passphrase, certificate, out] = process.argv.slice(2)
const chunk = Buffer.from(
  `${'All sessions of the accounts concerned were revoked at once.'}\r\n`.repeat(1024),
)
const size = Number(megabytes) * 1024 * 1024

const mail = {
  messageId: '<1@example.com>',
  date: new Date(),
  subject: 'Evidence',
  sender: 'soc@example.com',
  headers: [
    { name: 'From', value: 'soc@example.com' },
    { name: 'MIME-Version', value: '1.0' },
  ],
  deliveries: [{ recipients: [{ address: 'ciso@example.com', kind: 'to' }], entity: entityOf(size) }],
  protection: { encryptionCertificates: await readFile(certificate, 'utf8') },
  signer: null,
  recipientsCertificates: null,
  warnings: [],
  timings: {},
}

const signed = sign({ identity: { p12, passphrase } })
const encrypted = encrypt({})
const started = performance.now()
const { deliveries } = await encrypted(await signed(mail, {}), {})
await pipeline(messageStream(mail, deliveries[0].entity), createWriteStream(out))
const seconds = (performance.now() - started) / 1000
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6
console.log(JSON.stringify({ seconds, cpuSeconds, peakMegabytes: maxRSS / 1024 }))

function entityOf(octets) {
  return {
    headers: [{ name: 'Content-Type', value: 'text/plain' }],
    async *body() {
      for (let given = 0; given < octets; given += chunk.length) yield chunk
    },
  }
}
