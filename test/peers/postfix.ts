import { execFile } from 'node:child_process'
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Daemon, freePort, startDaemon } from './daemon.js'
import type { TlsFiles } from './tls-certificate.js'

const run = promisify(execFile)

export interface PostfixOptions {
  /** A folder of its own, which its users may enter. */
  readonly folder: string
  /** Where mail is put, in `<mailFolder>/<user>/Maildir`. */
  readonly mailFolder: string
  /** Who has a mailbox. All others are refused with 550 5.1.1. */
  readonly users: readonly string[]
  /** Who is refused, and with which reply: `452 4.2.2 Mailbox full`. */
  readonly refused: Readonly<Record<string, string>>
  /** Dovecot's socket, at which passwords are checked. */
  readonly authSocket: string
  readonly tls: TlsFiles
}

/** A running Postfix. */
export interface Postfix extends Daemon {
  /** STARTTLS. */
  readonly submissionPort: number
  /** TLS from the first byte. */
  readonly implicitPort: number
  /** Where its settings lie, for its own programs. */
  readonly configFolder: string
}

/** Starts Postfix on loopback. Nothing that it takes leaves this machine. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const { folder } = options
  const [submissionPort, implicitPort] = [await freePort(), await freePort()]
  const configFolder = join(folder, 'config')
  const logFile = join(folder, 'postfix.log')
  await makeFolders(folder)
  const files = {
    'main.cf': mainConfig(options, logFile),
    'master.cf': services(submissionPort, implicitPort),
    mailboxes: options.users.map((user) => `${user} ${user}/Maildir/\n`).join(''),
    refused: Object.entries(options.refused)
      .map(([address, reply]) => `${address} ${reply}\n`)
      .join(''),
  }
  // Postfix waits before it trusts a configuration that has just been written.
  const longAgo = new Date(Date.now() - 3_600_000)
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(configFolder, name), content)
    await utimes(join(configFolder, name), longAgo, longAgo)
  }
  const daemon = await startDaemon({
    command: ['/usr/lib/postfix/sbin/master', '-d', '-c', configFolder],
    logFile: join(folder, 'master.log'),
    ports: [submissionPort, implicitPort],
  })
  const log = async () => (await daemon.log()) + (await readFile(logFile, 'utf8').catch(() => ''))
  return { ...daemon, log, submissionPort, implicitPort, configFolder }
}

/** The queue, with the owners and modes of Postfix's own `postfix-files`. */
async function makeFolders(folder: string): Promise<void> {
  const queue = join(folder, 'queue')
  const queues = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming']
  const own = [...queues, 'private', 'saved', 'trace'].map((name) => join(queue, name))
  const shared = [join(queue, 'maildrop'), join(queue, 'public')]
  const data = join(folder, 'data')
  await mkdir(join(folder, 'config'), { recursive: true })
  for (const path of [join(queue, 'pid'), ...own, ...shared, data]) await mkdir(path, { recursive: true })
  await run('chown', ['postfix:', ...own, data])
  await run('chmod', ['0700', ...own, data])
  await run('chown', ['postfix:postdrop', ...shared])
  await run('chmod', ['0730', ...shared])
}

function mainConfig(options: PostfixOptions, logFile: string): string {
  const { folder, mailFolder, users, authSocket, tls } = options
  const config = join(folder, 'config')
  const domains = new Set(users.map((user) => user.slice(user.lastIndexOf('@') + 1)))
  return `
compatibility_level = 3.6
queue_directory = ${join(folder, 'queue')}
data_directory = ${join(folder, 'data')}
maillog_file = ${logFile}
maillog_file_prefixes = ${folder}
myhostname = mail.example.com
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
message_size_limit = 104857600
mailbox_size_limit = 0
virtual_mailbox_limit = 0

# Mail is put into Maildirs, or refused; nothing is relayed.
mydestination =
alias_maps =
local_transport = error:5.1.1 no local mailboxes here
default_transport = error:5.7.1 nothing leaves this machine
virtual_mailbox_domains = ${[...domains].join(', ')}
virtual_mailbox_base = ${mailFolder}
virtual_mailbox_maps = texthash:${join(config, 'mailboxes')}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unauth_destination, check_recipient_access texthash:${join(config, 'refused')}

# Mends none of our mistakes: a Bcc field stays, a missing Date stays missing, a bare LF is refused.
message_drop_headers =
local_header_rewrite_clients =
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =

smtpd_tls_security_level = may
smtpd_tls_cert_file = ${tls.certificateFile}
smtpd_tls_key_file = ${tls.keyFile}
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${authSocket}
smtpd_sasl_security_options = noanonymous
smtpd_tls_auth_only = yes
`
}

/** Postfix's own `master.cf`, without what these tests do not use. */
function services(submissionPort: number, implicitPort: number): string {
  return `
127.0.0.1:${submissionPort} inet n - n - - smtpd
127.0.0.1:${implicitPort} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup    unix  n - n    60 1 pickup
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
tlsmgr    unix  - - n 1000 1 tlsmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
error     unix  - - n -    - error
virtual   unix  - n n -    - virtual
proxymap  unix  - - n -    - proxymap
anvil     unix  - - n -    1 anvil
postlog   unix-dgram n - n - 1 postlogd
`
}
