// Opening a PKCS#12 file of 100,000 rounds, beside Node's own loader and the openssl command.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { loadIdentity } from 'incident-mailer/smime'
import { makeExampleCertificates } from '../scripts/example-certificates.mjs'
import { measure, print } from './measure.mjs'

export async function keysBench() {
  const folder = await mkdtemp(join(tmpdir(), 'incident-mailer-bench-'))
  const { signer } = await makeExampleCertificates(folder)
  const { passphrase } = signer
  const pem = join(folder, 'signer.pem')
  const openssl = (...args) => execFileSync('openssl', ['pkcs12', ...args], { stdio: 'ignore' })
  openssl('-in', signer.p12, '-passin', `pass:${passphrase}`, '-nodes', '-out', pem)
  const make = (name, ...options) => {
    const p12 = join(folder, name)
    openssl(
      '-export',
      '-in',
      pem,
      '-out',
      p12,
      '-passout',
      `pass:${passphrase}`,
      '-iter',
      '100000',
      ...options,
    )
    return p12
  }
  const open = (p12, ...options) => ({
    'incident-mailer': () => loadIdentity({ p12, passphrase }),
    'the openssl command': () => openssl('-in', p12, '-passin', `pass:${passphrase}`, '-noout', ...options),
  })

  const today = make('today.p12')
  const pfx = await readFile(today)
  const native = () => createSecureContext({ pfx, passphrase })
  print(
    'Opening a PKCS#12 file of 100,000 rounds, AES-256 and SHA-256',
    await measure({ 'tls.createSecureContext': native, ...open(today) }, { turns: 5, calls: 1 }),
  )

  const old = make('old.p12', '-legacy', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES')
  print(
    'The same with 3DES and SHA-1, which Node refuses',
    await measure(open(old, '-legacy'), { turns: 5, calls: 1 }),
  )
}
