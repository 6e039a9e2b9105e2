// Many mails to Postfix's smtp-sink, which answers and drops them: sendMany, beside nodemailer's pool that builds the
// same mails itself, and Postfix's smtp-source, which sends finished bytes and builds nothing.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createNotifier } from 'incident-mailer'
import nodemailer from 'nodemailer'
import { measure, print } from './measure.mjs'

const SINK = '/usr/sbin/smtp-sink'
const SOURCE = '/usr/sbin/smtp-source'
const CONNECTIONS = 5

const from = 'soc@example.com'
const to = 'ciso@example.com'
const subject = 'Phishing wave: 14 mailboxes, contained'
const line = 'The sender was blocked, and the links were taken down. Nobody opened the file.'
const text = `${line}\n`.repeat(40)
const html = `<html><body>${`<p>${line}</p>\n`.repeat(40)}</body></html>`
const content = randomBytes(100_000).toString('base64')

/** The same mails for us and for nodemailer. */
const CONTENTS = {
  'plain text': {
    mails: 500,
    ours: { body: text, format: 'text' },
    theirs: { text },
  },
  'HTML, text and a file of 100 kB': {
    mails: 100,
    ours: { body: html, textBody: text, format: 'html', attachments: [{ name: 'mailbox.bin', content }] },
    theirs: { html, text, attachments: [{ filename: 'mailbox.bin', content, encoding: 'base64' }] },
  },
}

export async function volumeBench() {
  if (!existsSync(SINK) || !existsSync(SOURCE)) {
    console.log(`\nMany mails over SMTP: not measured, for ${SINK} is missing (Debian's package postfix)`)
    return
  }
  const port = await freePort()
  const sink = spawn(SINK, ['-u', 'nobody', '-h', 'sink.example.com', `127.0.0.1:${port}`, '200'], {
    stdio: 'ignore',
  })
  try {
    await listening(port)
    for (const [what, contents] of Object.entries(CONTENTS)) await compare(port, what, contents)
  } finally {
    sink.kill()
  }
}

async function compare(port, what, { mails, ours, theirs }) {
  const pool = nodemailer.createTransport({
    ...{ host: '127.0.0.1', port, ignoreTLS: true },
    ...{ pool: true, maxConnections: CONNECTIONS, maxMessages: Number.POSITIVE_INFINITY },
  })
  const notifier = await createNotifier({
    from,
    transport: { host: '127.0.0.1', port, tls: 'none', maxConnections: CONNECTIONS },
  })
  const job = { to, subject, ...ours }
  const { size } = await notifier.send(job)
  const rows = await measure(
    {
      "nodemailer's pool, building its own mails": () =>
        Promise.all(Array.from({ length: mails }, () => pool.sendMail({ from, to, subject, ...theirs }))),
      sendMany: async () => {
        for await (const { error } of notifier.sendMany(Array(mails).fill(job), {
          concurrency: 2 * CONNECTIONS,
        }))
          if (error) throw error
      },
      'smtp-source, as many bytes': () =>
        ended(SOURCE, [
          ...['-s', CONNECTIONS, '-m', mails, '-l', size, '-d'],
          ...['-f', from, '-t', to, `127.0.0.1:${port}`],
        ]),
    },
    { turns: 9, calls: 1 },
  )
  print(`${mails} mails of ${size} octets to smtp-sink over ${CONNECTIONS} connections: ${what}`, rows)
  pool.close()
  await notifier.close()
}

async function ended(program, args) {
  const [code] = await once(spawn(program, args.map(String), { stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function listening(port) {
  for (let tries = 0; tries < 50; tries++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return
    } catch {
      await setTimeout(100)
    } finally {
      socket.destroy()
    }
  }
  throw new Error('smtp-sink does not listen')
}
