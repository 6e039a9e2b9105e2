import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deliver } from '../../src/deliver/deliver.js'
import { createNotifier, type MailRequest, type NotifierOptions } from '../../src/index.js'
import { authorityExtensions, person, pkcs12, testCertificate } from '../certificates/certificates.js'
import { mail } from '../deliver/mails.js'
import { startAuthorizationServer } from '../peers/authorization-server.js'
import { startGraph, status } from '../peers/graph.js'
import type { Fault } from '../peers/graph-mailbox.js'
import { drop, type Script, startScriptedServer, type Turn } from '../peers/scripted-server.js'

/** What nobody should find in a log. */
const PRIVATE = [
  'recipient.private@example.com',
  'hidden.private@example.com',
  'sender.private@example.com',
  'login.private@example.com',
  'PassPrivate',
  'ProxyPrivate',
  'SubjectPrivate',
  'BodyPrivate',
  'NamePrivate',
  'PassphrasePrivate',
  'a-client-secret',
]
const secrets = new Set<string>()
const lines: string[] = []
const note = (facts: object, message = '') => lines.push(`${message} ${JSON.stringify(facts)}`)
const logger = { debug: note, info: note, warn: note, error: note }
const job: MailRequest = {
  to: 'recipient.private@example.com',
  bcc: 'hidden.private@example.com',
  subject: 'SubjectPrivate',
  body: 'BodyPrivate',
}
const authority = testCertificate('Authority', { extensions: authorityExtensions })
const soc = person('sender.private@example.com', { issuer: authority })
const recipients = ['recipient.private@example.com', 'hidden.private@example.com'].map((address) =>
  person(address, { issuer: authority }),
)
const cleanup: (() => Promise<unknown>)[] = []
let folder: string

async function served(script: Script) {
  const server = await startScriptedServer(script)
  cleanup.push(server.stop)
  return { host: '127.0.0.1', port: server.port }
}

/** Sends as the options say, once or more, whatever becomes of it, and closes the notifier. */
async function sent(options: NotifierOptions, request: MailRequest = job, times = 1) {
  const notifier = await createNotifier({ from: 'SOC <sender.private@example.com>', logger, ...options })
  for (let count = 0; count < times; count++) await notifier.send(request).catch(() => {})
  await notifier.close()
}

const damaged = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`
const OK = '250 2.0.0 Ok\r\n'
const REFUSED = '<recipient.private@example.com>: no PassPrivate here'
const refusing = (code: string): Script => ({
  rcpt: Object.fromEntries(
    ['recipient.private@example.com', 'hidden.private@example.com'].map((one) => [one, `${code} ${REFUSED}`]),
  ),
})
const second = (turn: Turn): Turn => {
  let count = 0
  return (socket, line) =>
    ++count === 2 && typeof turn !== 'string' ? turn(socket, line) : void socket.write(OK)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'logging-'))
  cleanup.push(() => rm(folder, { recursive: true }))
  const auth = { user: 'login.private@example.com', pass: 'PassPrivate' }
  const retry = { attempts: 2, delay: 1 }

  const open = { extensions: ['AUTH PLAIN'] }
  await sent({ transport: { ...(await served(open)), auth } }, job, 2)
  await sent({ transport: { ...(await served({ mail: second(drop) })) } }, job, 2)
  await sent({ transport: await served(refusing('550 5.1.1')) })
  await sent({ transport: await served(refusing('450 4.2.0')), retry })
  await sent({ transport: await served({ message: drop }) })
  const wrong = {
    extensions: ['AUTH PLAIN'],
    auth: '535 5.7.8 PassPrivate is wrong, login.private@example.com',
  }
  await sent({ transport: { ...(await served(wrong)), auth } })
  const away = await served({ greeting: '554 no, sender.private@example.com' })
  const ways = [{ transport: { ...away, auth } }, { transport: { folder: join(folder, 'outbox') } }]
  await sent({ transport: { transports: ways } })
  const proxy = `http://login:ProxyPrivate@127.0.0.1:${(await served({})).port}`
  await sent({ transport: { host: 'mail.example.com', proxy, auth }, retry })

  const tokens = await startAuthorizationServer('login.private@example.com')
  cleanup.push(tokens.stop)
  const refreshToken = tokens.refreshToken()
  const oauth = {
    clientId: 'id',
    clientSecret: 'a-client-secret',
    tokenUrl: `${tokens.url}/token`,
    refreshToken,
  }
  const refusingTokens = { extensions: ['AUTH XOAUTH2'], auth: `535 5.7.8 ${REFUSED}` }
  const byToken = { ...(await served(refusingTokens)), auth: { user: auth.user }, oauth }
  await sent({ transport: byToken, retry })
  tokens.failNext(
    400,
    '{"error":"invalid_grant","error_description":"login.private@example.com PassPrivate"}',
  )
  await sent({ transport: byToken, retry })
  for (const token of [...tokens.accessTokens, refreshToken, tokens.refreshToken()]) secrets.add(token)

  const graph = await startGraph()
  cleanup.push(graph.stop)
  await sent({ transport: graph.transport({}, 'login.private@example.com') })
  const content = Buffer.alloc(5_000_000, 'BodyPrivate')
  const large = { ...job, attachments: [{ name: 'NamePrivate.bin', content }] }
  const repeating: Fault = (request, response) =>
    status(403, {}, { code: 'No', message: request.url })(request, response)
  graph.mailbox.faults.range = [null, repeating]
  await sent({ transport: graph.transport({}, 'login.private@example.com') }, large, 2)
  expect(graph.mailbox.sent).toHaveLength(1)
  secrets.add('secret-of-session')
  const sendmail = join(folder, 'sendmail')
  await writeFile(sendmail, '#!/bin/sh\ncat > /dev/null\necho "$@" >&2\nexit 67\n')
  await chmod(sendmail, 0o755)
  await sent({ transport: { sendmail } })
  await sent({
    transport: {
      sendMail: async () => {
        throw new Error(REFUSED)
      },
    },
  })

  const certificates = join(folder, 'certificates')
  const crls = join(folder, 'crls')
  for (const one of [certificates, crls]) await mkdir(one)
  await writeFile(join(certificates, 'recipient.private@example.com.pem'), damaged('CERTIFICATE'))
  await writeFile(join(crls, 'recipient.private@example.com.crl'), damaged('X509 CRL'))
  for (const [index, { pem }] of recipients.entries())
    await writeFile(join(certificates, `${index}.pem`), pem)
  const identity = { p12: pkcs12(soc, 'PassphrasePrivate'), passphrase: 'PassphrasePrivate' }
  const smime = { identity, certificates, crls, trust: authority.certificate }
  await sent({ transport: { folder: join(folder, 'outbox') }, smime }, { ...job, encrypt: true })

  const onEvent = () => {
    throw new Error('a listener who says recipient.private@example.com')
  }
  await sent({ transport: { folder: join(folder, 'outbox') }, onEvent })
  const stage = deliver({ transport: await served({ mail: '450 4.2.0 Later' }), retry })
  await stage(mail(), { logger, onRetry: onEvent }).catch(() => {})
  await stage.close()
}, 60_000)

afterAll(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

/** What every log line in the sources says. */
async function sentences(): Promise<string[]> {
  const files = await readdir('src', { recursive: true })
  const texts = await Promise.all(
    files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join('src', file), 'utf8')),
  )
  const calls = texts.flatMap((text) => [...text.matchAll(/logger\?\.(?:debug|info|warn|error)\(/g)].length)
  const found = texts.flatMap((text) =>
    [...text.matchAll(/logger\?\.(?:debug|info|warn|error)\([^`]*?(?:'([^'\n]+)'|`([^`\n]+)`),?\s*\)/g)].map(
      ([, plain, template]) => plain ?? template?.replace(/\$\{.*$/, '') ?? '',
    ),
  )
  expect(found).toHaveLength(calls.reduce((sum, count) => sum + count, 0))
  return found
}

it('every log line there is was written by one of these mails', async () => {
  const all = await sentences()
  expect(all.length).toBeGreaterThan(10)
  expect(all.filter((sentence) => !lines.some((line) => line.startsWith(sentence)))).toEqual([])
})

it('no line, at any level, holds an address in full, a secret, a token, or what a mail says', () => {
  const unwanted = [...PRIVATE, ...secrets]
  expect(secrets.size).toBeGreaterThan(1)
  const leaks = lines.filter((line) => unwanted.some((word) => line.includes(word)))
  expect(leaks).toEqual([])
})

it('addresses can be told apart all the same', () => {
  expect(lines.join('\n')).toContain('r***@example.com')
  expect(lines.join('\n')).toContain('h***@example.com')
})
