import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createNotifier, type SmimeOptions } from '../../src/index.js'
import {
  authority,
  authorityExtensions,
  openssl,
  person,
  type TestCertificate,
  temporaryPath,
  testCertificate,
} from '../certificates/certificates.js'

const soc = () => person('soc@example.com')
const identityOf = ({ pem, keyPem }: TestCertificate, chain?: TestCertificate) => ({
  certificate: pem,
  privateKey: keyPem,
  ...(chain && { chain: chain.pem }),
})

/** A certificate's validity: from a year ago until so many days and an hour from now. */
const until = (days: number): [string, string] => [openTime(-365), openTime(days)]
const openTime = (days: number) =>
  `${new Date(Date.now() + days * 86_400_000 + 3_600_000).toISOString().replace(/[-:T]|\..*/g, '')}Z`

async function check(smime: SmimeOptions | undefined, from = 'SOC <soc@example.com>') {
  const notifier = await createNotifier({ from, transport: { folder: temporaryPath('outbox') }, smime })
  try {
    const report = await notifier.check()
    const lines = (name: string) =>
      report.steps.filter(({ step }) => step === name).map(({ message }) => message)
    return { report, lines, names: report.steps.map(({ step, ok }) => `${step}: ${ok}`) }
  } finally {
    await notifier.close()
  }
}

/** A folder with these certificates and files. */
function folderOf(certificates: readonly TestCertificate[], files: Record<string, string> = {}): string {
  const folder = temporaryPath('people')
  mkdirSync(folder)
  certificates.forEach(({ pem }, index) => {
    writeFileSync(join(folder, `${index}.pem`), pem)
  })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

describe('a check without S/MIME', () => {
  it('has no step for it', async () => {
    expect((await check(undefined)).names).toEqual(['folder: true'])
  })
})

describe('a check of who signs', () => {
  it('says whom the certificate names, how long it is valid and for what, and how far its chain goes', async () => {
    const { names, lines } = await check({ identity: identityOf(soc(), authority()) })
    expect(names).toEqual(['identity: true', 'folder: true'])
    expect(lines('identity')).toEqual([
      expect.stringMatching(
        /^smime\.identity: soc@example\.com, valid for 36\d days \(until 20.*\); key usage digitalSignature, keyEncipherment; its chain is complete, to "C=DE, O=Example, CN=Example Authority"$/,
      ),
    ])
  })

  it('says where the chain breaks off', async () => {
    const { names, lines } = await check({ identity: identityOf(soc()) })
    expect(names).toContain('identity: true')
    expect(lines('identity')[0]).toMatch(
      /its chain ends at "CN=soc@example\.com", issued by "C=DE.*readers have to know/,
    )
  })

  it('says by which way smime.trust vouches for it', async () => {
    const { names, lines } = await check({ identity: identityOf(soc()), trust: authority().certificate })
    expect(names).toEqual(['trust: true', 'identity: true', 'folder: true'])
    expect(lines('trust')).toEqual(['1 certificate is trusted; revocation is not checked'])
    expect(lines('identity')[0]).toMatch(
      /smime\.trust vouches for it: "CN=soc@example\.com" < "C=DE, O=Example, CN=Example Authority"/,
    )
  })

  it.each<[string, () => TestCertificate, () => TestCertificate, RegExp]>([
    [
      'another authority is trusted',
      soc,
      () => testCertificate('stranger', { extensions: authorityExtensions }),
      /does not vouch for it: no trusted authority vouches for the certificate of soc@example\.com, issued by "C=DE/,
    ],
    [
      'its issuer is no authority',
      () => testCertificate('below', { addresses: ['soc@example.com'], issuer: soc() }),
      soc,
      /does not vouch for it: soc@example\.com issued a certificate, but is no authority/,
    ],
  ])('says why it does not: %s', async (_, certificate, trusted, why) => {
    const identity = identityOf(certificate())
    const { names, lines } = await check({ identity, trust: trusted().certificate })
    expect(names).toEqual(['trust: true', 'identity: true', 'folder: true'])
    expect(lines('identity')[0]).toMatch(why)
  })

  it('says that nobody knows whether it was revoked', async () => {
    const { lines } = await check({
      identity: identityOf(soc()),
      trust: authority().certificate,
      crls: folderOf([]),
    })
    expect(lines('trust')[0]).toContain('0 revocation lists')
    expect(lines('identity')[0]).toMatch(/does not vouch for it: whether .* was revoked is not known/)
  })

  it('counts its last days', async () => {
    const ending = person('ending@example.com', { validity: until(3) })
    const { names, lines } = await check({ identity: identityOf(ending) }, 'ending@example.com')
    expect(names).toContain('identity: true')
    expect(lines('identity')[0]).toMatch(/valid for 3 days .*replace it in time/)
  })

  it('fails for one that is over, and goes on', async () => {
    const over = person('over@example.com', { validity: ['20200101000000Z', '20210101000000Z'] })
    const { report, names } = await check({ identity: identityOf(over) }, 'over@example.com')
    expect(names).toEqual(['identity: false', 'folder: true'])
    expect(report.ok).toBe(false)
    expect(report.steps[0]).toMatchObject({
      message: expect.stringMatching(/expired on 2021.*configure a valid one/),
      error: { code: 'IDENTITY_EXPIRED', field: 'smime.identity' },
    })
  })

  it('says that it does not name the sender', async () => {
    const { lines } = await check({ identity: identityOf(soc()) }, 'Alerts <alerts@example.com>')
    expect(lines('identity')[0]).toContain('mails are from "alerts@example.com", which it does not name')
    expect(
      (await check({ identity: identityOf(soc()) }, 'SOC@Example.COM')).lines('identity')[0],
    ).not.toContain('does not name')
  })

  it('says that its key usage is for something else', async () => {
    const encrypting = person('encrypting@example.com', {
      extensions: ['keyUsage = keyEncipherment', 'extendedKeyUsage = emailProtection'],
    })
    const { lines } = await check({ identity: identityOf(encrypting) }, 'encrypting@example.com')
    expect(lines('identity')[0]).toMatch(/key usage keyEncipherment; .*does not allow to sign/)
  })

  it('looks at each cosigner, who may be anybody', async () => {
    const over = person('over@example.com', { validity: ['20200101000000Z', '20210101000000Z'] })
    const { names, report } = await check({
      identity: identityOf(soc()),
      cosigners: [identityOf(person('duty@example.com')), identityOf(over)],
    })
    expect(names).toEqual(['identity: true', 'identity: true', 'identity: false', 'folder: true'])
    expect(report.steps[1]?.message).toMatch(/^smime\.cosigners\[0\]: duty@example\.com/)
    expect(report.steps[1]?.message).not.toContain('does not name')
    expect(report.steps[2]?.error?.field).toBe('smime.cosigners[1]')
  })
})

describe('a check of whom mails are encrypted to', () => {
  it('counts certificates and addresses, and names those that end soon or are over', async () => {
    const certificates = folderOf([
      person('alice@example.com'),
      person('ending@example.com', { validity: until(3) }),
      person('over@example.com', { validity: ['20200101000000Z', '20210101000000Z'] }),
    ])
    const { names, lines } = await check({ certificates })
    expect(names).toEqual(['certificates: true', 'folder: true'])
    expect(lines('certificates')).toEqual([
      '3 certificates for 3 addresses; ask for new ones, these end soon: ending@example.com (3 days); ask for new ones, these have expired: over@example.com (on 2021-01-01T00:00:00.000Z)',
    ])
  })

  it('says nothing of an old one beside a new one of the same person', async () => {
    const old = testCertificate('old alice', {
      addresses: ['alice@example.com'],
      validity: ['20200101000000Z', '20210101000000Z'],
    })
    const { lines } = await check({ certificates: folderOf([old, person('alice@example.com')]) })
    expect(lines('certificates')).toEqual(['2 certificates for 1 address'])
  })

  it('names files that cannot be read', async () => {
    const certificates = folderOf([person('alice@example.com')], {
      'broken.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    })
    const { names, lines } = await check({ certificates })
    expect(names).toContain('certificates: true')
    expect(lines('certificates')[0]).toMatch(/1 certificate for 1 address; .*cannot be read: ".*broken\.pem"/)
  })

  it('says for whom smime.trust does not vouch, and why', async () => {
    const stranger = testCertificate('mallory', { addresses: ['mallory@example.com'] })
    const certificates = folderOf([person('alice@example.com'), stranger])
    const { lines } = await check({ certificates, trust: authority().certificate })
    expect(lines('certificates')[0]).toMatch(
      /not vouched for by smime\.trust: no trusted authority vouches for the certificate of mallory@example\.com/,
    )
    expect(lines('certificates')[0]).not.toContain('alice')
  })

  it('names some of many, and the number of the others', async () => {
    const key = soc()
    const many = Array.from({ length: 7 }, (_, index) =>
      person(`p${index}@example.com`, { keyOf: key, validity: ['20200101000000Z', '20210101000000Z'] }),
    )
    expect((await check({ certificates: folderOf(many) })).lines('certificates')[0]).toMatch(
      /p4@example\.com \(.*\), and 2 more$/,
    )
  })

  it('does not ask a function', async () => {
    const { names, lines } = await check({
      certificates: () => {
        throw new Error('nobody should ask')
      },
    })
    expect(names).toEqual(['certificates: true', 'folder: true'])
    expect(lines('certificates')[0]).toContain('function')
  })

  it.each<[string, () => SmimeOptions, string]>([
    ['certificates', () => ({ certificates: '/nowhere' }), 'certificates: false'],
    ['authorities', () => ({ trust: '/nowhere' }), 'trust: false'],
    ['revocation lists', () => ({ trust: authority().certificate, crls: '/nowhere' }), 'trust: false'],
  ])('fails where the %s are not there, and goes on', async (_, smime, step) => {
    const { names, report } = await check(smime())
    expect(names).toEqual([step, 'folder: true'])
    expect(report.steps[0]?.error?.code).toBe('FILE_NOT_FOUND')
  })
})

it('no check tells a key or a passphrase', async () => {
  const file = temporaryPath('soc.p12')
  openssl(
    ['pkcs12', '-export', '-in', soc().certificate, '-inkey', soc().key, '-out', file],
    ['-passout', 'pass:correct horse'],
  )
  const { report } = await check({ identity: { p12: file, passphrase: 'correct horse' } })
  expect(JSON.stringify(report)).not.toMatch(/horse|PRIVATE/)
})
