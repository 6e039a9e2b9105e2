import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDovecot } from './dovecot.js'
import { fetchMail } from './mailbox.js'
import { startPostfix } from './postfix.js'
import { makeTlsCertificate } from './tls-certificate.js'

export interface MailServerOptions {
  /** The addresses that have a mailbox. Others at their domains are refused with 550 5.1.1. */
  readonly users: readonly string[]
  /** Addresses that are refused, with the reply: `{ 'full@example.com': '452 4.2.2 Mailbox full' }`. */
  readonly refused?: Readonly<Record<string, string>>
  /** Where it asks whether an access token is good (RFC 7662). Default: it takes none. */
  readonly introspectionUrl?: string
}

/** Postfix and Dovecot on loopback: takes mail from those who log in, and shows what arrived. */
export interface MailServer {
  readonly host: string
  readonly ports: {
    /** SMTP with STARTTLS. */
    readonly submission: number
    /** SMTP over TLS. */
    readonly implicit: number
    /** IMAP over TLS. */
    readonly imaps: number
  }
  /** The authority behind the server's certificate, in PEM. */
  readonly caFile: string
  /** Who may send. Every user's mailbox has the same password. */
  readonly credentials: { readonly user: string; readonly pass: string }
  /** The mail with that Message-ID from a user's mailbox, over IMAP; waits until it is there. */
  fetch(user: string, messageId: string): Promise<Buffer>
  /** The delivery status notification (RFC 3464) that came to a user and has this in its text. */
  fetchNotification(user: string, text: string): Promise<Buffer>
  /** Its sendmail program, which hands it mail without SMTP. */
  readonly sendmail: { readonly sendmail: string; readonly args: readonly string[] }
  /** What the servers have to say. */
  log(): Promise<string>
  /** Ends the servers and removes their files. */
  stop(): Promise<void>
}

/** Starts a mail server for one test file. */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const folder = await mkdtemp(join(tmpdir(), 'mail-server-'))
  const cleanup = [() => rm(folder, { recursive: true, force: true, maxRetries: 5 })]
  const stop = async () => {
    for (let next = cleanup.pop(); next; next = cleanup.pop()) await next()
  }
  try {
    await chmod(folder, 0o755)
    const mailFolder = join(folder, 'mail')
    for (const user of options.users) await makeMailbox(mailFolder, user)
    const credentials = { user: 'sender', pass: randomBytes(12).toString('hex') }
    const passwords = Object.fromEntries(
      [credentials.user, ...options.users].map((user) => [user, credentials.pass]),
    )
    const tls = await makeTlsCertificate(folder)
    const dovecot = await startDovecot({
      ...{ folder: join(folder, 'dovecot'), mailFolder, passwords, tls },
      introspectionUrl: options.introspectionUrl,
    })
    cleanup.push(dovecot.stop)
    const { users, refused = {} } = options
    const { authSocket } = dovecot
    const postfix = await startPostfix({
      ...{ folder: join(folder, 'postfix'), mailFolder, users, refused, authSocket, tls },
    })
    cleanup.push(postfix.stop)
    const host = '127.0.0.1'
    const ports = {
      submission: postfix.submissionPort,
      implicit: postfix.implicitPort,
      imaps: dovecot.imapsPort,
    }
    const { pass } = credentials
    const search = async (user: string, criteria: Parameters<typeof fetchMail>[1]) => {
      const mail = await fetchMail({ host, port: ports.imaps, user, pass, caFile: tls.caFile }, criteria)
      if (mail) return mail
      throw new Error(`${JSON.stringify(criteria)} never arrived in ${user}'s mailbox:\n${await log()}`)
    }
    const log = async () => `${await postfix.log()}\n${await dovecot.log()}`
    return {
      ...{ host, ports, caFile: tls.caFile, credentials, log, stop },
      fetch: (user, messageId) => search(user, { header: { 'Message-ID': messageId } }),
      fetchNotification: (user, text) =>
        search(user, { header: { 'Content-Type': 'report-type=delivery-status' }, text }),
      sendmail: { sendmail: '/usr/sbin/sendmail', args: ['-C', postfix.configFolder] },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A Maildir's parent, owned by the one as whom mail is put there: nobody. */
async function makeMailbox(mailFolder: string, user: string): Promise<void> {
  const path = join(mailFolder, user)
  await mkdir(path, { recursive: true })
  await chown(path, 65_534, 65_534)
}
