import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { ImapFlow, type SearchObject } from 'imapflow'

/** A mailbox on an IMAP server, and who opens it. */
export interface Mailbox {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly pass: string
  /** The authority behind the server's certificate, in PEM. */
  readonly caFile: string
}

/** The mail that fits, as the mailbox holds it, or null when none comes within the time. */
export async function fetchMail(
  mailbox: Mailbox,
  search: SearchObject,
  milliseconds = 10_000,
): Promise<Buffer | null> {
  const { host, port, user, pass, caFile } = mailbox
  const tls = { ca: await readFile(caFile) }
  const client = new ImapFlow({ host, port, secure: true, auth: { user, pass }, tls, logger: false })
  client.on('error', () => {}) // the call under way throws it as well
  try {
    await client.connect()
    await client.mailboxOpen('INBOX')
    for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await delay(50)) {
      await client.noop()
      const found = await client.search(search, { uid: true })
      for (const uid of found || []) {
        const mail = await client.fetchOne(uid, { source: true }, { uid: true })
        const source = mail ? mail.source : undefined
        if (source) return source
      }
    }
    return null
  } finally {
    client.close() // also after a failed connect(), or its socket stays open
  }
}
