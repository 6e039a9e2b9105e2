import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decrypt, verify } from '../../../src/smime/index.js'
import {
  authority,
  person,
  pkcs12,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
} from '../../certificates/certificates.js'
import { importOwner } from '../../readers/gpgsm.js'
import { mustRun, run } from '../../readers/run.js'
import { describeWith } from '../../setup/with-peer.js'
import {
  alice,
  bob,
  codesOf,
  encryptedFor,
  entity,
  header,
  identityOf,
  messageOf,
  signedBy,
  trust,
} from './messages.js'
import { cmsEntity } from './surgery.js'

/** Issuers that readers stumble over: letters outside ASCII, several attributes in one part of a name. */
const oddly = (address: string, key: 'rsa:2048' | 'ec') =>
  person(address, {
    key,
    subject: `/C=DE/O=B\u00fcro f\u00fcr Gr\u00f6\u00dfen/CN=${address.split('@')[0]}+serialNumber=7`,
  })

const options = (reader: TestCertificate) => ({ trust: trust(), identity: identityOf(reader) })
const fromSigner = (address: string) => header.replace('alice@example.com', address)

/** A detached signature as a message, as mail clients make it. */
function detached(cms: Buffer): Buffer {
  const start =
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="b"\r\n\r\n'
  const signature = `Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n${cms.toString('base64')}`
  return messageOf(`${start}--b\r\n${entity}\r\n--b\r\n${signature}\r\n--b--\r\n`)
}

describeWith('openssl')('what openssl makes is read', () => {
  const keys = ['rsa:2048', 'ec'] as const
  const shapes: readonly (readonly string[])[] = [
    [],
    ['-nodetach'],
    ['-nodetach', '-stream', '-indef'],
    ['-keyid'],
    ['-noattr', '-nodetach'],
  ]
  const digests = ['sha256', 'sha384', 'sha512'] as const

  it.each(
    keys.flatMap((key) => shapes.flatMap((shape) => digests.map((digest) => ({ key, shape, digest })))),
  )('signed: $key, $digest $shape', async ({ key, shape, digest }) => {
    const address = `odd-${key.replace(':', '')}@example.com`
    const message = messageOf(
      signedBy([oddly(address, key)], entity, '-md', digest, ...shape),
      fromSigner(address),
    )
    const result = await verify(message, { trust: trust() })
    expect([result.status, ...codesOf(result)]).toEqual(['verified'])
  })

  it.each(
    keys.flatMap((key) =>
      ['-aes128', '-aes192', '-aes256', '-aes-128-gcm', '-aes-192-gcm', '-aes-256-gcm'].flatMap((cipher) =>
        [[], ['-stream', '-indef'], ['-keyid']].map((shape) => ({ key, cipher, shape })),
      ),
    ),
  )('encrypted: $key, $cipher $shape', async ({ key, cipher, shape }) => {
    const reader = oddly(`odd-${key.replace(':', '')}@example.com`, key)
    const result = await decrypt(messageOf(encryptedFor([reader], entity, cipher, ...shape)), options(reader))
    expect(result).toMatchObject({ status: 'unsigned', unverifiedContent: Buffer.from(entity) })
  })

  it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'])('encrypted: ECDH with %s', async (digest) => {
    const reader = oddly('odd-ec@example.com', 'ec')
    const ecdh = ['-recip', reader.certificate, '-keyopt', `ecdh_kdf_md:${digest}`]
    const result = await decrypt(messageOf(encryptedFor([], entity, ...ecdh)), options(reader))
    expect(result).toMatchObject({ status: 'unsigned', unverifiedContent: Buffer.from(entity) })
  })
})

describeWith('nss')('what NSS makes is read', () => {
  let home = ''
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'im-nss-writer-'))
    const database = ['-d', `sql:${home}`]
    await mustRun('certutil', ['-N', ...database, '--empty-password'])
    await mustRun('certutil', [
      '-A',
      ...database,
      '-n',
      'ca',
      '-t',
      'CT,C,C',
      '-a',
      '-i',
      authority().certificate,
    ])
    await mustRun('certutil', ['-A', ...database, '-n', 'bob', '-t', ',,', '-a', '-i', bob().certificate])
    await mustRun('pk12util', [
      '-i',
      pkcs12(alice(), 'nss', '-name', 'alice'),
      ...database,
      '-W',
      'nss',
      '-K',
      '',
    ])
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  const cmsutil = async (...args: string[]) => {
    const [content, out] = [temporaryFile('content', entity), temporaryPath('cms')]
    await mustRun('cmsutil', [...args, '-d', `sql:${home}`, '-i', content, '-o', out])
    return await readFile(out)
  }

  it('signed, opaque and detached', async () => {
    const opaque = messageOf(cmsEntity(await cmsutil('-S', '-N', 'alice', '-H', 'SHA256', '-G')))
    expect(codesOf(await verify(opaque, { trust: trust() }))).toEqual([])
    const beside = detached(await cmsutil('-S', '-T', '-N', 'alice', '-H', 'SHA256', '-G', '-P'))
    expect(codesOf(await verify(beside, { trust: trust() }))).toEqual([])
  })

  it('encrypted', async () => {
    const cms = await cmsutil('-E', '-r', 'bob')
    const result = await decrypt(messageOf(cmsEntity(cms, 'enveloped-data')), {
      ...options(bob()),
      allow: ['3des'],
    })
    expect(result).toMatchObject({ status: 'unsigned', unverifiedContent: Buffer.from(entity) })
  })
})

describeWith('gpgsm')('what gpgsm makes is read', () => {
  let home = ''
  const common = () => [
    '--homedir',
    home,
    '--batch',
    '--disable-crl-checks',
    '--disable-dirmngr',
    '--status-fd',
    '2',
  ]
  const unlock = ['--pinentry-mode', 'loopback', '--passphrase-fd', '0']
  beforeAll(async () => {
    home = await mkdtemp('/tmp/im-gpgsm-')
    const { certificate, pem } = authority()
    await writeFile(join(home, 'trustlist.txt'), `${new X509Certificate(pem).fingerprint} S relax\n`)
    await mustRun('gpgsm', [...common(), '--import', certificate])
    await mustRun('gpgsm', [...common(), '--import', bob().certificate])
    await importOwner(alice(), [...common(), ...unlock])
  })
  afterAll(async () => {
    await run('gpgconf', ['--homedir', home, '--kill', 'all'])
    await rm(home, { recursive: true, force: true })
  })

  const gpgsm = async (...args: string[]) => {
    const [content, out] = [temporaryFile('content', entity), temporaryPath('cms')]
    await mustRun('gpgsm', [...common(), ...unlock, '--output', out, ...args, content], 'gpgsm')
    return await readFile(out)
  }

  it('signed, opaque and detached', async () => {
    const opaque = messageOf(cmsEntity(await gpgsm('-u', 'alice@example.com', '--sign')))
    expect(codesOf(await verify(opaque, { trust: trust() }))).toEqual([])
    const beside = detached(await gpgsm('-u', 'alice@example.com', '--detach-sign'))
    expect(codesOf(await verify(beside, { trust: trust() }))).toEqual([])
  })

  it('encrypted', async () => {
    const cms = await gpgsm('-r', 'bob@example.com', '--encrypt')
    const result = await decrypt(messageOf(cmsEntity(cms, 'enveloped-data')), options(bob()))
    expect(result).toMatchObject({ status: 'unsigned', unverifiedContent: Buffer.from(entity) })
  })
})
