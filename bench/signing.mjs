// Signing one mail of 50 KB, beside node:crypto's signature alone (the limit) and forge.pkcs7 (the alternative).
import { createPrivateKey, sign as cryptoSign } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compose, sign } from 'incident-mailer'
import forge from 'node-forge'
import { makeExampleCertificates } from '../scripts/example-certificates.mjs'
import { measure, print } from './measure.mjs'

export async function signingBench() {
  const keys = await makeExampleCertificates(await mkdtemp(join(tmpdir(), 'incident-mailer-bench-')))
  const { p12, passphrase } = keys.signer
  const { key, certificate } = opened(await readFile(p12, 'latin1'), passphrase)
  const privateKey = createPrivateKey(forge.pki.privateKeyToPem(key))

  const mail = await composed(50 * 1024)
  const content = Buffer.concat([...mail.deliveries[0].entity.body()])
  const signed = sign({ identity: { p12, passphrase } })

  const ways = {
    'crypto.sign alone': () => cryptoSign('sha256', content, privateKey),
    'incident-mailer': () => signed(mail, {}),
  }
  print(
    `Signing ${(content.length / 1024).toFixed(0)} KB with RSA-2048`,
    await measure(ways, { turns: 21, calls: 100 }),
  )

  const eight = Array.from({ length: 8 })
  const together = {
    'eight mails, one after the other': async () => {
      for (const _ of eight) await signed(mail, {})
    },
    'eight mails at the same time': () => Promise.all(eight.map(() => signed(mail, {}))),
  }
  print('Signing eight', await measure(together, { turns: 15, calls: 20 }))

  const alternative = {
    'incident-mailer': ways['incident-mailer'],
    'forge.pkcs7': () => withForge(content, key, certificate),
  }
  print('The same beside forge.pkcs7', await measure(alternative, { turns: 3, calls: 10 }))
}

/** A mail whose entity holds about that many bytes. */
async function composed(size) {
  const text = 'All sessions of the accounts concerned were revoked at once.\r\n'.repeat(Math.ceil(size / 62))
  const request = { to: 'ciso@example.com', subject: 'Status' }
  const rendered = { request, subject: 'Status', html: null, text, incident: null, imageFolder: null }
  return await compose({ from: 'soc@example.com' })({ ...rendered, warnings: [], timings: {} }, {})
}

function opened(file, passphrase) {
  const p12 = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(file), passphrase)
  const bag = (type) => p12.getBags({ bagType: forge.pki.oids[type] })[forge.pki.oids[type]][0]
  return { key: bag('pkcs8ShroudedKeyBag').key, certificate: bag('certBag').cert }
}

function withForge(content, key, certificate) {
  const p7 = forge.pkcs7.createSignedData()
  p7.content = forge.util.createBuffer(content.toString('latin1'))
  p7.addCertificate(certificate)
  const { contentType, messageDigest, signingTime, data, sha256 } = forge.pki.oids
  const authenticatedAttributes = [
    { type: contentType, value: data },
    { type: messageDigest },
    { type: signingTime, value: new Date() },
  ]
  p7.addSigner({ key, certificate, digestAlgorithm: sha256, authenticatedAttributes })
  p7.sign({ detached: true })
  return forge.asn1.toDer(p7.toAsn1()).getBytes()
}
