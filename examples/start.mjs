// npm start: the whole way of one mail, on this machine, in a few seconds.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNotifier, jsonFolder } from 'incident-mailer'
import { SMTPServer } from 'smtp-server'
import { makeExampleCertificates } from '../scripts/example-certificates.mjs'

const examples = fileURLToPath(new URL('.', import.meta.url))
const output = join(examples, '../start-output')
await rm(output, { recursive: true, force: true })
await mkdir(output)

const keys = await makeExampleCertificates(join(output, 'keys'))
const server = await startMailServer(keys.server)
const job = JSON.parse(await readFile(join(examples, 'job.json'), 'utf8'))

const notifier = await createNotifier({
  from: 'SOC <soc@example.com>',
  transport: { host: 'localhost', port: server.port, tls: 'starttls', caFile: keys.ca },
  incidents: jsonFolder(join(examples, 'incidents')),
  smime: {
    identity: { p12: keys.signer.p12, passphrase: keys.signer.passphrase },
    certificates: keys.certificates,
    trust: keys.ca,
  },
})

const { html, imageFolder } = await notifier.render(job)
const report = await notifier.send(job)
await notifier.close()
await server.close()

const eml = join(output, 'incident.eml')
const page = join(output, 'incident.html')
await writeFile(eml, server.received[0])
await writeFile(page, await withImages(html, imageFolder))

const shown = (path) => relative(process.cwd(), path)
console.log(`
"${report.subject}"
was rendered, signed by ${report.signer.addresses[0]}, encrypted for ${report.recipientsCertificates.map(({ recipient }) => recipient).join(' and ')},
and taken by a mail server on this machine (STARTTLS): ${report.serverResponse}

  the mail as it went out   ${shown(eml)}
  what its readers see      ${shown(page)}

Look inside, if you have openssl:

  openssl cms -decrypt -in ${shown(eml)} -inkey ${shown(keys.recipients[0].key)} -recip ${shown(keys.recipients[0].certificate)} \\
    | openssl cms -verify -CAfile ${shown(keys.ca)}
`)
for (const warning of report.warnings) console.log(`Note: ${warning.message}`)

/** An SMTP server that keeps what it gets. */
async function startMailServer({ key, certificate }) {
  const received = []
  const server = new SMTPServer({
    key: await readFile(key),
    cert: await readFile(certificate),
    authOptional: true,
    onData(stream, _session, done) {
      const chunks = []
      stream.on('data', (chunk) => chunks.push(chunk))
      stream.on('end', () => {
        received.push(Buffer.concat(chunks))
        done(null, 'the mail is here')
      })
    },
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    received,
    port: server.server.address().port,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** The page with its local images inside, so that it can be opened anywhere. */
async function withImages(html, folder) {
  const sources = [...html.matchAll(/src="([\w.-]+\.png)"/g)].map((match) => match[1])
  let page = html
  for (const source of new Set(sources)) {
    const image = await readFile(join(folder, source), 'base64')
    page = page.replaceAll(`src="${source}"`, `src="data:image/png;base64,${image}"`)
  }
  return page
}
