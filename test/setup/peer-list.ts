/** A program of someone else's that the tests hold us against. */
export interface Peer {
  /** What has to be found on the PATH or in the system's own folders. */
  readonly programs: readonly string[]
  /** A program and its arguments that succeeds where all is there: a library, say. */
  readonly check?: readonly [string, ...string[]]
  /** The Debian packages that bring them. */
  readonly packages: readonly string[]
  /** Whether it can be started by root alone. */
  readonly root: boolean
}

/** Every peer, by the name under which tests ask for it. */
export const peerList = {
  openssl: { programs: ['openssl'], packages: ['openssl'], root: false },
  nss: { programs: ['cmsutil', 'certutil', 'pk12util'], packages: ['libnss3-tools'], root: false },
  gpgsm: {
    programs: ['gpgsm', 'gpg-agent', 'gpgconf'],
    packages: ['gpgsm', 'gpg-agent', 'gpgconf'],
    root: false,
  },
  postfix: { programs: ['postfix', '/usr/lib/postfix/sbin/master'], packages: ['postfix'], root: true },
  dovecot: {
    programs: ['dovecot', '/usr/lib/dovecot/imap-login'],
    packages: ['dovecot-core', 'dovecot-imapd'],
    root: true,
  },
  microsocks: { programs: ['microsocks'], packages: ['microsocks'], root: false },
  chromium: { programs: ['chromium'], packages: ['chromium'], root: false },
  dkim: {
    programs: ['/usr/bin/python3'],
    check: ['/usr/bin/python3', '-c', 'import dkim, nacl'],
    packages: ['python3-dkim', 'python3-nacl'],
    root: false,
  },
  jinja2: {
    programs: ['/usr/bin/python3'],
    check: ['/usr/bin/python3', '-c', 'import jinja2'],
    packages: ['python3-jinja2'],
    root: false,
  },
} as const satisfies Record<string, Peer>

export type PeerName = keyof typeof peerList

export const peerNames = Object.keys(peerList) as PeerName[]
