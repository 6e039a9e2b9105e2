// Encrypting one mail of 10 MB, beside the bare cipher (the limit) and the command of openssl; many recipients; and
// signing and encrypting a mail that is never in memory, small and large, and reading it again.
import { execFile } from 'node:child_process'
import { createCipheriv, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { encrypt } from 'incident-mailer'
import { makeExampleCertificates } from '../scripts/example-certificates.mjs'
import { measure, print } from './measure.mjs'

const run = promisify(execFile)

export async function encryptingBench() {
  const folder = await mkdtemp(join(tmpdir(), 'incident-mailer-bench-'))
  try {
    const keys = await makeExampleCertificates(folder)
    const [reader] = keys.recipients
    const content = contentOf(10 * 1024 * 1024)
    await beside(content, reader, folder)
    await recipients(contentOf(50 * 1024), reader, folder)
    await streaming(keys, reader, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function beside(content, { certificate, address }, folder) {
  const pem = await readFile(certificate, 'utf8')
  const stage = encrypt({})
  const mail = mailOf(content, [address], pem)
  const ways = {
    'the bare cipher (AES-256-CBC)': () => bareCipher(content),
    'the bare cipher, and base64 of it': () => bareCipher(content).toString('base64'),
    'incident-mailer, with MIME and base64 lines': () => stage(mail, {}),
  }
  print('Encrypting 10 MB', await measure(ways, { turns: 9, calls: 3 }))

  const [file, out] = [join(folder, 'content'), join(folder, 'encrypted')]
  await writeFile(file, content)
  const command = ['cms', '-encrypt', '-aes-256-cbc', '-in', file, '-out', out, '-binary', certificate]
  const openssl = {
    'incident-mailer, from and to a file': async () => {
      const sent = await stage(mailOf(await readFile(file), [address], pem), {})
      await writeFile(out, Buffer.concat(sent.deliveries[0].entity.body()))
    },
    'openssl cms -encrypt, a process': () => run('openssl', command),
  }
  print('The same beside the command of openssl', await measure(openssl, { turns: 5, calls: 1 }))
}

async function recipients(content, { key }, folder) {
  const stage = encrypt({})
  const addresses = Array.from({ length: 100 }, (_, index) => `reader-${index}@example.com`)
  const certificates = await Promise.all(addresses.map((address) => certified(address, key, folder)))
  const ways = {
    'one recipient': () => stage(mailOf(content, addresses.slice(0, 1), certificates[0]), {}),
    '100 recipients, who share a copy': () => stage(mailOf(content, addresses, certificates), {}),
    '100 blind recipients, each with a copy': () =>
      stage(mailOf(content, addresses, certificates, 'bcc'), {}),
  }
  print('Encrypting 50 KB to many', await measure(ways, { turns: 7, calls: 5 }))
}

async function streaming({ signer, ca }, { certificate, key }, folder) {
  const [mail, content] = [join(folder, 'mail.eml'), join(folder, 'content.eml')]
  const writer = fileURLToPath(new URL('./stream-mail.mjs', import.meta.url))
  const reader = fileURLToPath(new URL('./read-mail.mjs', import.meta.url))
  console.log('\nA mail that is never in memory, from and to a file, each in a process of its own\n')
  for (const megabytes of [20, 200]) {
    const written = [writer, String(megabytes), signer.p12, signer.passphrase, certificate, mail]
    printProcess(`signed and encrypted, ${megabytes} MB`, megabytes, await run(process.execPath, written))
    const size = ((await stat(mail)).size / 1024 / 1024).toFixed(0)
    const read = [reader, mail, certificate, key, ca, content]
    printProcess(
      `decrypted and verified (${size} MB on the wire)`,
      megabytes,
      await run(process.execPath, read),
    )
  }
}

function printProcess(title, megabytes, { stdout }) {
  const { seconds, cpuSeconds, peakMegabytes } = JSON.parse(stdout)
  console.log(
    `  ${title}`.padEnd(48) +
      `${(megabytes / seconds).toFixed(0).padStart(5)} MB/s ${cpuSeconds.toFixed(1).padStart(6)} s of CPU ${peakMegabytes.toFixed(0).padStart(5)} MB at most`,
  )
}

function bareCipher(content) {
  const cipher = createCipheriv('aes-256-cbc', randomBytes(32), randomBytes(16))
  return Buffer.concat([cipher.update(content), cipher.final()])
}

function contentOf(size) {
  const line = 'All sessions of the accounts concerned were revoked at once.\r\n'
  return Buffer.from(line.repeat(Math.ceil(size / line.length)))
}

/** A certificate for an address, by openssl. The key may be anybody's: nobody reads these mails. */
async function certified(address, key, folder) {
  const out = join(folder, `${address}.crt`)
  const [subject, names] = [`/CN=${address}`, `subjectAltName=email:${address}`]
  await run('openssl', ['req', '-x509', '-key', key, '-subj', subject, '-addext', names, '-out', out])
  return await readFile(out, 'utf8')
}

function mailOf(content, addresses, encryptionCertificates, kind = 'to') {
  return {
    messageId: '<1@example.com>',
    date: new Date(),
    subject: 'Evidence',
    sender: 'soc@example.com',
    headers: [],
    deliveries: [
      {
        recipients: addresses.map((address) => ({ address, kind })),
        entity: { headers: [{ name: 'Content-Type', value: 'text/plain' }], body: () => [content] },
      },
    ],
    protection: { encryptionCertificates },
    signer: null,
    recipientsCertificates: null,
    warnings: [],
    timings: {},
  }
}
