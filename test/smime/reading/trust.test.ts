import { X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type VerifyOptions, verify } from '../../../src/smime/index.js'
import {
  authority,
  authorityExtensions,
  type CertificateWishes,
  openssl,
  person,
  type TestCertificate,
  temporaryFile,
  temporaryPath,
  testCertificate,
} from '../../certificates/certificates.js'
import { alice, codesOf, entity, header, messageOf, signedBy, trust } from './messages.js'

let people = 0
/** Somebody whose certificate is like that, and what becomes of a message they signed. */
async function judge(
  wishes: CertificateWishes,
  options: VerifyOptions = { trust: trust() },
  issuers: readonly TestCertificate[] = [],
) {
  const address = `person${++people}@example.com`
  const signer = person(address, wishes)
  return await judgeSigner(signer, address, options, issuers)
}

async function judgeSigner(
  signer: TestCertificate,
  address: string,
  options: VerifyOptions,
  issuers: readonly TestCertificate[] = [],
) {
  const bag = temporaryFile('chain.pem', issuers.map(({ pem }) => pem).join(''))
  const message = messageOf(
    signedBy([signer], entity, ...(issuers.length > 0 ? ['-certfile', bag] : [])),
    header.replace('alice@example.com', address),
  )
  const result = await verify(message, options)
  return [result.status, ...codesOf(result)]
}

const between = (name: string, wishes: CertificateWishes = {}) =>
  testCertificate(name, { issuer: authority(), extensions: authorityExtensions, ...wishes })
const mail = ['keyUsage = critical, digitalSignature', 'extendedKeyUsage = emailProtection']
const past: [string, string] = ['20200101000000Z', '20210101000000Z']
const future: [string, string] = ['20400101000000Z', '20410101000000Z']

describe('the signer’s certificate', () => {
  it.each<[string, CertificateWishes, string]>([
    ['expired', { validity: past }, 'CERTIFICATE_EXPIRED'],
    ['not valid yet', { validity: future }, 'CERTIFICATE_NOT_YET_VALID'],
    ['for encryption alone', { extensions: ['keyUsage = critical, keyEncipherment'] }, 'KEY_USAGE'],
    ['for web servers', { extensions: ['extendedKeyUsage = serverAuth'] }, 'NOT_FOR_MAIL'],
    [
      'with an unknown critical extension',
      { extensions: [...mail, '1.2.3.4 = critical, DER:0500'] },
      'UNKNOWN_CRITICAL_EXTENSION',
    ],
  ])('is not trusted: %s', async (_, wishes, code) => {
    expect(await judge(wishes)).toEqual(['untrusted', code])
  })

  it.each<[string, CertificateWishes]>([
    ['that says nothing of its use', { extensions: [] }],
    ['for any purpose', { extensions: ['extendedKeyUsage = anyExtendedKeyUsage'] }],
    ['for signing what cannot be denied', { extensions: ['keyUsage = nonRepudiation'] }],
    ['with an unknown extension that is not critical', { extensions: [...mail, '1.2.3.4 = DER:0500'] }],
  ])('is trusted: %s', async (_, wishes) => {
    expect(await judge(wishes)).toEqual(['verified'])
  })

  it('signed by itself is trusted where it is itself among the trusted, and nowhere else', async () => {
    const self = testCertificate('self', { addresses: ['self@example.com'] })
    expect(await judgeSigner(self, 'self@example.com', { trust: trust() })).toEqual(['untrusted', 'NO_PATH'])
    expect(await judgeSigner(self, 'self@example.com', { trust: self.certificate })).toEqual(['verified'])
  })

  it('is not trusted where nobody is', async () => {
    expect(await judge({}, {})).toEqual(['untrusted', 'NO_TRUST'])
  })

  it('of an authority with the same name and another key is not trusted', async () => {
    const impostor = testCertificate('impostor', {
      subject: '/C=DE/O=Example/CN=Example Authority',
      extensions: authorityExtensions,
    })
    expect(await judge({ issuer: impostor }, { trust: trust() }, [impostor])).toEqual([
      'untrusted',
      'NO_PATH',
    ])
  })
})

describe('a moment', () => {
  it('that is past is judged by what held then', async () => {
    const signer = person('past@example.com', { validity: past })
    const old = testCertificate('old authority', {
      extensions: authorityExtensions,
      validity: ['20190101000000Z', '20300101000000Z'],
    })
    const again = person('again@example.com', { validity: past, issuer: old })
    expect(await judgeSigner(signer, 'past@example.com', { trust: trust() })).toEqual([
      'untrusted',
      'CERTIFICATE_EXPIRED',
    ])
    const then = { trust: old.certificate, moment: new Date('2020-06-01') }
    expect(await judgeSigner(again, 'again@example.com', then)).toEqual(['verified'])
  })

  it('is told for today and for when the signer says to have signed', async () => {
    const { signers, status } = await verify(messageOf(signedBy([alice()])), {
      trust: trust(),
      moment: new Date('2040-01-01'),
    })
    expect(status).toBe('untrusted')
    expect(signers).toMatchObject([
      {
        today: { trust: 'untrusted', moment: '2040-01-01T00:00:00.000Z' },
        atSigningTime: { trust: 'trusted' },
      },
    ])
  })
})

describe('the authorities on the way', () => {
  it.each<[string, CertificateWishes, string]>([
    ['is none', { extensions: mail }, 'NOT_AN_AUTHORITY'],
    [
      'may not sign certificates',
      { extensions: ['basicConstraints = critical, CA:TRUE', 'keyUsage = critical, cRLSign'] },
      'NOT_AN_AUTHORITY',
    ],
    ['has expired', { validity: past }, 'CERTIFICATE_EXPIRED'],
    [
      'is for web servers',
      { extensions: [...authorityExtensions, 'extendedKeyUsage = serverAuth'] },
      'NOT_FOR_MAIL',
    ],
    [
      'has an unknown critical extension',
      { extensions: [...authorityExtensions, '1.2.3.4 = critical, DER:0500'] },
      'UNKNOWN_CRITICAL_EXTENSION',
    ],
    [
      'may vouch for another domain',
      { extensions: [...authorityExtensions, 'nameConstraints = critical, permitted;email:example.net'] },
      'NAME_NOT_ALLOWED',
    ],
    [
      'may vouch for subdomains alone',
      { extensions: [...authorityExtensions, 'nameConstraints = critical, permitted;email:.example.com'] },
      'NAME_NOT_ALLOWED',
    ],
    [
      'may not vouch for this domain',
      { extensions: [...authorityExtensions, 'nameConstraints = critical, excluded;email:example.com'] },
      'NAME_NOT_ALLOWED',
    ],
    ['has a weak key', { key: 'rsa:512' }, 'KEY_WEAK'],
  ])('do not lead to trust: one %s', async (title, wishes, code) => {
    const issuer = between(`between ${title}`, wishes)
    expect(await judge({ issuer }, { trust: trust() }, [issuer])).toEqual(['untrusted', code])
  })

  it('lead to trust: one that may vouch for this domain', async () => {
    const issuer = between('between permitted', {
      extensions: [
        ...authorityExtensions,
        'nameConstraints = critical, permitted;email:example.com, permitted;email:bob@example.org',
      ],
    })
    expect(await judge({ issuer }, { trust: trust() }, [issuer])).toEqual(['verified'])
  })

  it('may stand as deep as they allow, and no deeper', async () => {
    const extensions = ['basicConstraints = critical, CA:TRUE, pathlen:0', 'keyUsage = critical, keyCertSign']
    const last = between('last', { extensions })
    const beyond = testCertificate('beyond', { issuer: last, extensions: authorityExtensions })
    expect(await judge({ issuer: last }, { trust: trust() }, [last])).toEqual(['verified'])
    expect(await judge({ issuer: beyond }, { trust: trust() }, [beyond, last])).toEqual([
      'untrusted',
      'PATH_TOO_LONG',
    ])
  })

  it('are found among several of the same name, also where one of them leads nowhere', async () => {
    const dead = testCertificate('dead', { subject: '/CN=twin', extensions: authorityExtensions })
    const live = testCertificate('live', {
      subject: '/CN=twin',
      extensions: authorityExtensions,
      issuer: authority(),
      keyOf: dead,
    })
    expect(await judge({ issuer: live }, { trust: trust() }, [dead, live])).toEqual(['verified'])
  })

  it('that vouch for each other without end do not keep the search busy', async () => {
    const names = Array.from({ length: 7 }, (_, index) => index)
    const first = testCertificate('web 0', { subject: '/CN=web', extensions: authorityExtensions })
    // All have one name and one key: each vouches for each, in 7! orders.
    const web = names.map((index) =>
      testCertificate(`web ${index + 1}`, {
        subject: '/CN=web',
        keyOf: first,
        extensions: authorityExtensions,
      }),
    )
    expect(await judge({ issuer: first }, { trust: trust() }, web)).toEqual(['untrusted', 'NO_PATH'])
  })
})

describe('revocation', () => {
  const serialOf = ({ pem }: TestCertificate) => new X509Certificate(pem).serialNumber
  const time = (date: Date) => `${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`
  const hour = 60 * 60 * 1000
  /** A list of the authority's, made by openssl. */
  function list(
    revoked: readonly (readonly [of: TestCertificate, when: Date, reason?: string])[],
    { by = authority(), days = ['-crlhours', '24'], extensions = '' } = {},
  ): string {
    const rows = revoked.map(
      ([of, when, reason]) =>
        `R\t${time(new Date(Date.now() + 9000 * hour))}\t${time(when)}${reason ? `,${reason}` : ''}\t${serialOf(of)}\tunknown\t/CN=x\n`,
    )
    const config = temporaryFile(
      'crl.cnf',
      `[ca]\ndefault_ca=c\n[c]\ndatabase=${temporaryFile('index.txt', rows.join(''))}\ndefault_md=sha256\n[e]\n${extensions}\n`,
    )
    const path = temporaryPath('list.crl')
    const options = extensions ? ['-crlexts', 'e'] : []
    openssl([
      'ca',
      '-gencrl',
      '-config',
      config,
      '-cert',
      by.certificate,
      '-keyfile',
      by.key,
      '-out',
      path,
      ...days,
      ...options,
    ])
    return path
  }
  const judged = async (crls: string, moment?: Date) =>
    await judgeSigner(alice(), 'alice@example.com', { trust: trust(), crls, ...(moment && { moment }) })

  it('is known from a current list, in PEM or DER, in a folder or alone', async () => {
    const path = list([])
    expect(await judged(path)).toEqual(['verified'])
    const folder = temporaryPath('lists')
    mkdirSync(folder)
    openssl(['crl', '-in', path, '-outform', 'DER', '-out', join(folder, 'a.crl')])
    writeFileSync(join(folder, 'broken.crl'), 'broken')
    expect(await judged(folder)).toEqual(['verified'])
  })

  it('of others does not matter', async () => {
    expect(await judged(list([[person('gone@example.com'), new Date()]]))).toEqual(['verified'])
  })

  it('takes the trust away', async () => {
    expect(await judged(list([[alice(), new Date(Date.now() - hour)]]))).toEqual(['untrusted', 'REVOKED'])
  })

  it('later than the moment does not, save where the key was stolen', async () => {
    const later = new Date(Date.now() + 48 * hour)
    expect(await judged(list([[alice(), later]]))).toEqual(['verified'])
    expect(await judged(list([[alice(), later, 'keyCompromise']]))).toEqual(['untrusted', 'REVOKED'])
  })

  it.each<[string, () => string]>([
    [
      'out of date',
      () =>
        list([], {
          days: ['-crlsec', '1', '-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200102000000Z'],
        }),
    ],
    [
      "another authority's",
      () => list([], { by: testCertificate('other authority', { extensions: authorityExtensions }) }),
    ],
    [
      "an impostor's",
      () =>
        list([], {
          by: testCertificate('impostor', {
            subject: '/C=DE/O=Example/CN=Example Authority',
            extensions: authorityExtensions,
          }),
        }),
    ],
    [
      'for authorities alone',
      () => list([], { extensions: 'issuingDistributionPoint=critical,@i\n[i]\nonlyCA=TRUE' }),
    ],
    [
      'indirect',
      () => list([], { extensions: 'issuingDistributionPoint=critical,@i\n[i]\nindirectCRL=TRUE' }),
    ],
    [
      'for some reasons alone',
      () =>
        list([], { extensions: 'issuingDistributionPoint=critical,@i\n[i]\nonlysomereasons=keyCompromise' }),
    ],
    ['a delta', () => list([], { extensions: '2.5.29.27=critical,DER:020101' })],
    ['with an unknown critical extension', () => list([], { extensions: '1.2.3.4=critical,DER:0500' })],
  ])('is not known from a list that is %s', async (_, make) => {
    expect(await judged(make())).toEqual(['untrusted', 'REVOCATION_UNKNOWN'])
  })

  it('is told by a list for people alone', async () => {
    const path = list([], { extensions: 'issuingDistributionPoint=critical,@i\n[i]\nonlyuser=TRUE' })
    expect(await judged(path)).toEqual(['verified'])
  })

  it('is not known from a list that was changed', async () => {
    const path = list([[alice(), new Date(Date.now() - hour)]])
    const der = openssl(['crl', '-in', path, '-outform', 'DER'])
    const at = der.indexOf(Buffer.from(serialOf(alice()), 'hex'))
    der[at + 3] = (der[at + 3] ?? 0) ^ 1
    expect(await judged(temporaryFile('changed.crl', der))).toEqual(['untrusted', 'REVOCATION_UNKNOWN'])
  })

  it('is asked of every certificate on the way', async () => {
    const issuer = between('between revoked')
    const signer = person('below@example.com', { issuer })
    const both = (of: string, own: string) =>
      temporaryFile('both.pem', readFileSync(of, 'utf8') + readFileSync(own, 'utf8'))
    const own = list([], { by: issuer })
    const check = (crls: string) =>
      judgeSigner(signer, 'below@example.com', { trust: trust(), crls }, [issuer])
    expect(await check(both(list([]), own))).toEqual(['verified'])
    expect(await check(own)).toEqual(['untrusted', 'REVOCATION_UNKNOWN'])
    expect(await check(both(list([[issuer, new Date(Date.now() - hour)]]), own))).toEqual([
      'untrusted',
      'REVOKED',
    ])
  })

  it('needs a list: a file without one is an error', async () => {
    await expect(judged(temporaryFile('none.crl', 'nothing'))).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
  })
})
