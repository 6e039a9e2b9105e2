#!/usr/bin/env node
/**
 * Makes certificates to try things out with: an authority, a signer, readers and a mail server on this machine.
 * No openssl needed. Never use them for anything else.
 *
 *     node scripts/example-certificates.mjs [FOLDER]
 */
import { generateKeyPair, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import forge from 'node-forge'

const passphrase = 'example'
const days = 365

/**
 * Writes an authority (`ca.pem`), the signer soc@example.com (`soc.p12`), a folder of readers' certificates
 * (`certificates/`) with their keys beside it, and a mail server's certificate for localhost.
 *
 * @param {string} directory where to; made if it is not there
 * @returns {Promise<{
 *   ca: string,
 *   signer: { p12: string, passphrase: string },
 *   certificates: string,
 *   recipients: { address: string, certificate: string, key: string }[],
 *   server: { certificate: string, key: string },
 * }>} the paths of what was written
 */
export async function makeExampleCertificates(directory) {
  const certificates = join(directory, 'certificates')
  await mkdir(certificates, { recursive: true })
  const path = (name) => join(directory, name)

  const authority = await certify({ name: 'Example Authority', extensions: authorityExtensions })
  await writeFile(path('ca.pem'), authority.pem)

  const signer = await certify({
    name: 'Example SOC',
    extensions: mail('soc@example.com'),
    issuer: authority,
  })
  await writeFile(path('soc.p12'), pkcs12(signer, authority), { mode: 0o600 })

  const recipients = []
  for (const name of ['ciso', 'oncall']) {
    const address = `${name}@example.com`
    const reader = await certify({ name, extensions: mail(address), issuer: authority })
    const files = { certificate: join(certificates, `${name}.pem`), key: path(`${name}.key`) }
    await write(reader, files)
    recipients.push({ address, ...files })
  }

  const server = { certificate: path('server.pem'), key: path('server.key') }
  await write(await certify({ name: 'localhost', extensions: serverExtensions, issuer: authority }), server)

  return {
    ca: path('ca.pem'),
    signer: { p12: path('soc.p12'), passphrase },
    certificates,
    recipients,
    server,
  }
}

const authorityExtensions = [
  { name: 'basicConstraints', critical: true, cA: true },
  { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
  { name: 'subjectKeyIdentifier' },
]

const leafExtensions = [
  { name: 'basicConstraints', critical: true, cA: false },
  { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
  { name: 'subjectKeyIdentifier' },
]

const serverExtensions = [
  ...leafExtensions,
  { name: 'extKeyUsage', serverAuth: true },
  {
    name: 'subjectAltName',
    altNames: [
      { type: 2, value: 'localhost' },
      { type: 7, ip: '127.0.0.1' },
    ],
  },
]

function mail(address) {
  return [
    ...leafExtensions,
    { name: 'extKeyUsage', emailProtection: true },
    { name: 'subjectAltName', altNames: [{ type: 1, value: address }] },
  ]
}

/** Makes a key, and a certificate for it that the issuer signs, or it itself. */
async function certify({ name, extensions, issuer }) {
  const keyPem = await makeKey()
  const key = forge.pki.privateKeyFromPem(keyPem)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e)
  // Twenty octets at most, and positive (RFC 5280, section 4.1.2.2).
  certificate.serialNumber = `4${randomBytes(16).toString('hex').slice(1)}`
  certificate.validity.notBefore = new Date(Date.now() - 60 * 60 * 1000)
  certificate.validity.notAfter = new Date(Date.now() + days * 24 * 60 * 60 * 1000)
  certificate.setSubject([
    { name: 'organizationName', value: 'incident-mailer examples' },
    { name: 'commonName', value: name },
  ])
  certificate.setIssuer((issuer?.certificate ?? certificate).subject.attributes)
  const issuerKeyId = (issuer?.certificate ?? certificate).generateSubjectKeyIdentifier().getBytes()
  certificate.setExtensions([...extensions, { name: 'authorityKeyIdentifier', keyIdentifier: issuerKeyId }])
  certificate.sign(issuer?.key ?? key, forge.md.sha256.create())
  return { key, keyPem, certificate, pem: forge.pki.certificateToPem(certificate) }
}

/** A key by node:crypto: forge needs seconds for one. */
async function makeKey() {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ format: 'pem', type: 'pkcs1' })
}

function pkcs12({ key, certificate }, issuer) {
  const file = forge.pkcs12.toPkcs12Asn1(key, [certificate, issuer.certificate], passphrase)
  return Buffer.from(forge.asn1.toDer(file).getBytes(), 'latin1')
}

async function write({ pem, keyPem }, { certificate, key }) {
  await writeFile(certificate, pem)
  await writeFile(key, keyPem, { mode: 0o600 })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const made = await makeExampleCertificates(process.argv[2] ?? 'example-certificates')
  console.log(JSON.stringify(made, null, 2))
}
