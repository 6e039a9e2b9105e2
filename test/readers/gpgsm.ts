import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pkcs12, type TestCertificate, temporaryFile, temporaryPath } from '../certificates/certificates.js'
import { cmsOf, isDetached, takeApart } from './mime.js'
import type { Reader, ReaderKnowledge } from './reader.js'
import { mustRun, run } from './run.js'

/** The passphrase that protects the key in the agent. */
const passphrase = 'gpgsm'

/** GnuPG's `gpgsm`, with a home and an agent of its own. */
export async function gpgsmReader({ authorities, owner }: ReaderKnowledge): Promise<Reader> {
  // Short, since the agent's socket lies in it and a socket's path is at most 107 octets.
  const home = await mkdtemp('/tmp/im-gpgsm-')
  const trusted = authorities.map(({ pem }) => `${new X509Certificate(pem).fingerprint} S relax\n`)
  await writeFile(join(home, 'trustlist.txt'), trusted.join(''))
  const close = async () => {
    await run('gpgconf', ['--homedir', home, '--kill', 'all'])
    await rm(home, { recursive: true, force: true })
  }
  const common = [
    '--homedir',
    home,
    '--batch',
    '--disable-crl-checks',
    '--disable-dirmngr',
    '--status-fd',
    '2',
  ]
  const unlock = ['--pinentry-mode', 'loopback', '--passphrase-fd', '0']
  try {
    for (const { certificate } of authorities) await mustRun('gpgsm', [...common, '--import', certificate])
    if (owner) await importOwner(owner, [...common, ...unlock])
  } catch (error) {
    await close()
    throw error
  }

  return {
    name: 'gpgsm',
    verify: async (message) => {
      const detached = isDetached(message) ? takeApart(message) : null
      const signature = temporaryFile('signature', detached?.signature ?? cmsOf(message))
      const out = temporaryPath('content')
      // Around its content, a signature gives that back; beside it, the content is a file of its own.
      const given = detached ? [signature, temporaryFile('content', detached.content)] : [signature]
      const output = detached ? [] : ['--output', out]
      const { ok, says } = await run('gpgsm', [...common, ...output, '--verify', ...given])
      const content = detached?.content ?? (ok ? await readFile(out) : Buffer.alloc(0))
      const good = /\[GNUPG:\] GOODSIG /.test(says) && /\[GNUPG:\] TRUST_(FULLY|ULTIMATE)/.test(says)
      return { ok: ok && good, says, content }
    },
    decrypt: async (message) => {
      const [encrypted, decrypted] = [temporaryFile('encrypted', cmsOf(message)), temporaryPath('decrypted')]
      const args = [...common, ...unlock, '--output', decrypted, '--decrypt', encrypted]
      const { says } = await run('gpgsm', args, passphrase)
      // Not by its exit code, which complains where another recipient's certificate is unknown here.
      const ok = /^\[GNUPG:\] DECRYPTION_OKAY/m.test(says)
      return { ok, says, content: ok ? await readFile(decrypted) : Buffer.alloc(0) }
    },
    close,
  }
}

/**
 * Imports a key. gpgsm 2.2 derives a wrong key from one salt in forty or so and then doubts the passphrase, so a
 * file that it refuses is made again with other salts.
 */
export async function importOwner(owner: TestCertificate, options: string[]): Promise<void> {
  const attempt = () => run('gpgsm', [...options, '--import', ownersFile(owner)], passphrase)
  let attempted = await attempt()
  for (let again = 0; again < 5 && !attempted.ok; again++) attempted = await attempt()
  if (!attempted.ok) throw new Error(`gpgsm does not import the key: ${attempted.says}`)
}

/** gpgsm 2.2 does not read the AES that openssl protects files with by default. */
function ownersFile(owner: TestCertificate): string {
  return pkcs12(owner, passphrase, '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1')
}
