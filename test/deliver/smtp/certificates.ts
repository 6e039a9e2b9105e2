import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A key and its certificate, in PEM. */
export interface KeyAndCertificate {
  readonly key: string
  readonly cert: string
}

/** An authority and the certificates it gave to a mail server. */
export interface Certificates {
  /** The authority's certificate. */
  readonly caFile: string
  /** For `localhost` and `127.0.0.1`. */
  readonly good: KeyAndCertificate
  /** For the same, until yesterday. */
  readonly expired: KeyAndCertificate
  /** For `mail.example.net`. */
  readonly elsewhere: KeyAndCertificate
  remove(): void
}

/** Makes them in a folder of their own. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'deliver-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const authority = ['-keyout', file('ca.key'), '-out', file('ca.pem')]
  openssl('req', '-x509', ...newKey, '-subj', '/CN=Test authority', '-days', '2', ...authority)
  const certificate = (name: string, altNames: string, days: string): KeyAndCertificate => {
    const [key, csr, cert, extensions] = ['key', 'csr', 'pem', 'cnf'].map((ending) =>
      file(`${name}.${ending}`),
    )
    if (!key || !csr || !cert || !extensions) throw new Error('unreachable')
    openssl('req', '-new', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', csr)
    writeFileSync(extensions, `subjectAltName=${altNames}\n`)
    const ca = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial']
    openssl('x509', '-req', '-in', csr, ...ca, '-days', days, '-extfile', extensions, '-out', cert)
    return { key: readFileSync(key, 'latin1'), cert: readFileSync(cert, 'latin1') }
  }
  return {
    caFile: file('ca.pem'),
    good: certificate('localhost', 'DNS:localhost,IP:127.0.0.1', '2'),
    expired: certificate('expired', 'DNS:localhost,IP:127.0.0.1', '-1'),
    elsewhere: certificate('elsewhere', 'DNS:mail.example.net', '2'),
    remove: () => rmSync(folder, { recursive: true }),
  }
}
