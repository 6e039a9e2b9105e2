import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Daemon, freePort, startDaemon } from './daemon.js'
import type { TlsFiles } from './tls-certificate.js'

export interface DovecotOptions {
  /** A folder of its own, which its users may enter. */
  readonly folder: string
  /** Each user's mail lies in `<mailFolder>/<user>/Maildir`. */
  readonly mailFolder: string
  /** Who may log in, and with what. */
  readonly passwords: Readonly<Record<string, string>>
  readonly tls: TlsFiles
  /** Where it asks whether an access token is good (RFC 7662). Default: it takes none. */
  readonly introspectionUrl?: string
}

/** A running Dovecot: the mailboxes, and the one who knows the passwords. */
export interface Dovecot extends Daemon {
  /** IMAP over TLS. */
  readonly imapsPort: number
  /** The socket at which Postfix asks about passwords. */
  readonly authSocket: string
}

/** Starts Dovecot on loopback. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const { folder, mailFolder, passwords, tls, introspectionUrl } = options
  await mkdir(folder)
  const imapsPort = await freePort()
  const authSocket = join(folder, 'postfix-auth')
  const passwordFile = join(folder, 'passwords')
  const configFile = join(folder, 'dovecot.conf')
  const logFile = join(folder, 'dovecot.log')
  const lines = Object.entries(passwords).map(([user, password]) => `${user}:{PLAIN}${password}\n`)
  await writeFile(passwordFile, lines.join(''))
  const tokenFile = join(folder, 'oauth2.conf')
  await writeFile(
    tokenFile,
    [
      ...['introspection_mode = post', `introspection_url = ${introspectionUrl}`],
      ...['username_attribute = username', 'active_attribute = active', 'active_value = true', ''],
    ].join('\n'),
  )
  const tokens = introspectionUrl !== undefined
  await writeFile(
    configFile,
    `
base_dir = ${join(folder, 'run')}
state_dir = ${join(folder, 'state')}
log_path = /dev/stderr
listen = 127.0.0.1
protocols = imap
ssl = required
ssl_cert = <${tls.certificateFile}
ssl_key = <${tls.keyFile}
mail_location = maildir:~/Maildir
auth_mechanisms = plain login cram-md5${tokens ? ' xoauth2 oauthbearer' : ''}
passdb {
  driver = passwd-file
  mechanisms = plain login cram-md5
  args = ${passwordFile}
}
${tokens ? `passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = ${tokenFile}\n}` : ''}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${mailFolder}/%u
}
service auth {
  unix_listener ${authSocket} {
    mode = 0600
    user = postfix
  }
}
# No waiting after a wrong password.
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${imapsPort}
    ssl = yes
  }
}
`,
  )
  const daemon = await startDaemon({
    command: ['/usr/sbin/dovecot', '-F', '-c', configFile],
    logFile,
    ports: [imapsPort],
  })
  return { ...daemon, imapsPort, authSocket }
}
