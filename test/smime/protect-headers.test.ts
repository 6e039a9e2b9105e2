import { describe, expect, it } from 'vitest'
import { compose } from '../../src/compose/compose.js'
import { deliver } from '../../src/deliver/deliver.js'
import type { HeaderField, MailRequest, MimeMail } from '../../src/mail.js'
import { entityOf } from '../../src/mime.js'
import { baselinePolicy, encrypt, type HeaderPolicy, sign } from '../../src/smime/index.js'
import { authority, person, temporaryFile, temporaryPath } from '../certificates/certificates.js'
import { nssReader } from '../readers/nss.js'
import { opensslReader } from '../readers/openssl.js'
import type { Reader } from '../readers/reader.js'
import { describeWith } from '../setup/with-peer.js'
import { bcc, deliveryOf, exampleMail, to, wire } from './example-mail.js'

const soc = () => person('soc@example.com')
const alice = () => person('alice@example.com')
const bob = () => person('bob@example.com')
const identity = () => ({ certificate: soc().pem, privateKey: soc().keyPem })
const certificates = () => temporaryFile('people.pem', alice().pem + bob().pem)

const secret = 'Zebra takeover at Initech'
const ask: MailRequest = {
  from: 'Sophie Operator <soc@example.com>',
  to: 'Alice Analyst <alice@example.com>',
  cc: '"Bob, Auditor" <bob@example.com>',
  subject: `${secret} – Größe unklar`,
  inReplyTo: '<before@example.com>',
  importance: 'high',
  headers: {
    Keywords: 'zebra, takeover',
    Comments: 'zebra comment',
    'Thread-Topic': secret,
    'X-Incident': 'zebra 2139',
    'X-Auto-Response-Suppress': 'All',
    'Reply-To': 'Rita Reader <rita@example.com>',
  },
  protectHeaders: true,
}

/** A mail as `compose` makes it. */
async function composed(request: MailRequest = {}): Promise<MimeMail> {
  const { subject = '', ...rest } = { ...ask, ...request }
  const rendered = { html: '<p>All quiet.</p>', text: 'All quiet.\n', incident: null, imageFolder: null }
  return await compose({})({ request: rest, subject, ...rendered, warnings: [], timings: {} }, {})
}

const signed = async (mail: MimeMail, options = {}) =>
  await sign({ identity: identity(), ...options })(mail, {})
const encrypted = async (mail: MimeMail, options = {}) =>
  await encrypt({ certificates: certificates(), ...options })(mail, {})
const both = async (mail: MimeMail, options = {}) => {
  const asking = { ...mail, protection: { encrypt: true, ...mail.protection } }
  return await encrypted(await signed(asking, options), options)
}

/** Reads one delivery as its owner does: decrypts it, takes its signature off. */
async function payload(mail: MimeMail, owner = alice(), index = 0): Promise<string> {
  const reader = await opensslReader({ authorities: [authority()], owner })
  const outer = await reader.decrypt(await wire(mail, index))
  const inner = /^Content-Type: multipart\/signed/.test(outer.content.toString())
    ? await reader.verify(outer.content)
    : outer
  expect(inner, inner.says).toMatchObject({ ok: true })
  return inner.content.toString()
}

const headerOf = (message: string) => message.slice(0, message.indexOf('\r\n\r\n') + 2)
const unfolded = (message: string) =>
  headerOf(message)
    .replace(/\r\n[ \t]+/g, ' ')
    .trim()
    .split('\r\n')
const valuesOf = (message: string, name: string) =>
  unfolded(message)
    .filter((line) => line.startsWith(`${name}: `))
    .map((line) => line.slice(name.length + 2))

describe('a signed mail with protected header fields', () => {
  it('has every field inside, unchanged, and as hp="clear"', async () => {
    const mail = await composed()
    const message = (await wire(await signed(mail))).toString()
    const inside = message.slice(message.indexOf('\r\nDate: ', message.indexOf('\r\n\r\n')) + 2)
    for (const { name, value } of mail.headers) expect(headerOf(inside)).toContain(`${name}: ${value}\r\n`)
    expect(valuesOf(inside, 'Content-Type')[0]).toMatch(
      /^multipart\/alternative; boundary="[^"]+"; hp="clear"$/,
    )
    expect(inside).not.toContain('HP-Outer')
    expect(inside).not.toContain('legacy-display')
  })

  it('shows the same fields outside, where everyone reads them anyway', async () => {
    const mail = await composed()
    expect((await signed(mail)).headers).toEqual(mail.headers)
  })

  it('says in the report what is covered', async () => {
    const { headerProtection } = await signed(await composed())
    expect(headerProtection).toMatchObject({ hp: 'clear', hidden: [] })
    expect(headerProtection?.fields).toEqual(
      expect.arrayContaining(['Subject', 'From', 'To', 'Message-ID', 'X-Incident']),
    )
    expect(headerProtection?.fields).not.toContain('MIME-Version')
  })
})

describe('an encrypted mail with protected header fields', () => {
  it('has nothing outside of what people wrote', async () => {
    const message = (await wire(await both(await composed()))).toString()
    expect(message).not.toMatch(/zebra|initech|Größe|unklar/i)
    expect(valuesOf(message, 'Subject')).toEqual(['[...]'])
    for (const name of ['Keywords', 'Comments', 'Thread-Topic', 'X-Incident'])
      expect(valuesOf(message, name)).toEqual([])
  })

  it('keeps outside what servers and mail programs need', async () => {
    const mail = await composed()
    const outside = (await wire(await both(mail))).toString()
    for (const name of [
      'Date',
      'From',
      'To',
      'Cc',
      'Message-ID',
      'In-Reply-To',
      'References',
      'X-Priority',
    ]) {
      expect(valuesOf(outside, name), name).toHaveLength(1)
    }
    expect(valuesOf(outside, 'Auto-Submitted')).toEqual(['auto-generated'])
    expect(valuesOf(outside, 'X-Auto-Response-Suppress')).toEqual(['All'])
    expect(valuesOf(outside, 'From')).toEqual(['Sophie Operator <soc@example.com>'])
  })

  it('has every field inside, as hp="cipher", with a record of each field outside', async () => {
    const mail = await composed()
    const protectedMail = await both(mail)
    const inside = await payload(protectedMail)
    for (const { name, value } of mail.headers) expect(headerOf(inside)).toContain(`${name}: ${value}\r\n`)
    expect(valuesOf(inside, 'Content-Type')[0]).toMatch(/; hp="cipher"$/)
    const outside = unfolded((await wire(protectedMail)).toString())
    const records = valuesOf(inside, 'HP-Outer')
    expect(records).toEqual(outside.filter((line) => !/^(?:MIME-Version|Content-)/.test(line)))
    expect(records).toContain('Subject: [...]')
  })

  it('does the same where it is not signed', async () => {
    const mail = await encrypted(await composed({ encrypt: true }))
    expect((await wire(mail)).toString()).not.toMatch(/zebra/i)
    expect(valuesOf(await payload(mail), 'Content-Type')[0]).toMatch(/; hp="cipher"$/)
  })

  it('says in the report what is hidden', async () => {
    const { headerProtection } = await both(await composed())
    expect(headerProtection).toMatchObject({
      hp: 'cipher',
      hidden: expect.arrayContaining(['Subject', 'Keywords', 'Comments', 'Thread-Topic', 'X-Incident']),
    })
    expect(headerProtection?.hidden).not.toContain('From')
  })

  it('keeps lines short and ends them with CRLF', async () => {
    const message = (
      await wire(await both(await composed({ references: ['<a@b>', `<${'x'.repeat(60)}@b>`] })))
    ).toString()
    for (const text of [message, await payload(await both(await composed()))]) {
      expect(text.split('\r\n').filter((line) => line.length > 100)).toEqual([])
      expect(text).not.toMatch(/[^\r]\n|\r[^\n]/)
    }
  })

  it('tells a blind-copied person of nobody else, nor others of them', async () => {
    const mail = await both(await composed({ cc: [], bcc: 'bob@example.com' }))
    expect(mail.deliveries.map(({ recipients }) => recipients.map(({ kind }) => kind))).toEqual([
      ['to'],
      ['bcc'],
    ])
    for (const text of [
      await payload(mail),
      await payload(mail, bob(), 1),
      headerOf((await wire(mail, 1)).toString()),
    ]) {
      expect(text).not.toMatch(/bob@|\bbcc\b/i)
    }
  })

  it('is protected once, however often it is wrapped', async () => {
    const triple = await signed(await both(await composed()))
    const reader = await opensslReader({ authorities: [authority()], owner: alice() })
    const outer = await reader.verify(await wire(triple))
    const inner = await reader.verify((await reader.decrypt(outer.content)).content)
    expect(outer.content.toString()).not.toMatch(/hp=|^Subject|HP-Outer/im)
    expect(inner.content.toString().match(/^Subject: /gm)).toHaveLength(1)
    expect(inner.content.toString().match(/hp="/g)).toHaveLength(1)
  })
})

describe('the worked example of RFC 9788, appendix D.1', () => {
  const field = (name: string, value: string): HeaderField => ({ name, value })
  const headers = [
    field('Date', 'Wed, 11 Jan 2023 16:08:43 -0500'),
    field('From', 'Bob <bob@example.net>'),
    field('To', 'Alice <alice@example.net>'),
    field('Subject', 'Handling the Jones contract'),
    field('Message-ID', '<20230111T210843Z.1234@lhp.example>'),
  ]
  const text = "Please review and approve or decline by Thursday, it's critical!\r\n"
  const mail = () =>
    exampleMail({ encrypt: true, protectHeaders: 'baseline' }, [to('alice@example.com')], {
      headers: [...headers, field('MIME-Version', '1.0')],
      deliveries: [
        {
          recipients: [to('alice@example.com')],
          entity: entityOf([field('Content-Type', 'text/plain; charset="us-ascii"')], Buffer.from(text)),
        },
      ],
    })

  it('comes out with the same fields inside and outside', async () => {
    const result = await encrypted(mail())
    expect(result.headers).toEqual([
      ...headers.slice(0, 3),
      field('Subject', '[...]'),
      ...headers.slice(4),
      field('MIME-Version', '1.0'),
    ])
    const inside = await payload(result)
    expect(unfolded(inside).filter((line) => !line.startsWith('Content-'))).toEqual([
      ...headers.map(({ name, value }) => `${name}: ${value}`),
      'MIME-Version: 1.0',
      ...headers.map(({ name, value }) => `HP-Outer: ${name}: ${name === 'Subject' ? '[...]' : value}`),
    ])
    expect(valuesOf(inside, 'Content-Type')).toEqual([
      'text/plain; charset="us-ascii"; hp-legacy-display="1"; hp="cipher"',
    ])
  })

  it('comes out with its subject above the text, for programs that know no better', async () => {
    const inside = await payload(await encrypted(mail()))
    const body = Buffer.from(inside.slice(inside.indexOf('\r\n\r\n')), 'base64').toString()
    expect(body).toBe(`Subject: Handling the Jones contract\r\n\r\n${text}`)
  })

  it('and without, where nobody needs it', async () => {
    const inside = await payload(await encrypted(mail(), { legacyDisplay: false }))
    expect(inside.slice(inside.indexOf('\r\n\r\n') + 4)).toBe(text)
    expect(inside).not.toContain('legacy')
  })
})

describe('who decides', () => {
  it('the job, when it says anything', async () => {
    expect(
      (await signed(await composed({ protectHeaders: false }), { protectHeaders: true })).headerProtection,
    ).toBeNull()
    const shy = (await wire(await both(await composed({ protectHeaders: 'shy' })))).toString()
    expect(valuesOf(shy, 'From')).toEqual(['soc@example.com'])
  })

  it('the options, when it says nothing', async () => {
    const mail = await composed({ protectHeaders: undefined })
    expect((await both(mail)).headerProtection).toBeNull()
    expect((await both(mail, { protectHeaders: true })).headerProtection?.hp).toBe('cipher')
  })

  it('the options, on which policy it is that the job asks for', async () => {
    const message = await wire(await both(await composed(), { protectHeaders: 'shy' }))
    expect(valuesOf(message.toString(), 'To')).toEqual(['alice@example.com'])
  })

  it('a mail that says nothing, and is neither signed nor encrypted, goes as it is', async () => {
    const mail = exampleMail({ sign: false, encrypt: false })
    const options = { protectHeaders: true }
    expect((await both(mail, options)).headers).toBe(mail.headers)
  })

  it('a job that asks for it, and for nothing that could protect them, is an error', async () => {
    const error = { code: 'INVALID_REQUEST', field: 'protectHeaders' }
    const mail = await composed({ sign: false, encrypt: false })
    await expect(signed(mail)).rejects.toMatchObject(error)
    await expect(encrypted(mail)).rejects.toMatchObject(error)
  })

  it('without an identity a job that asks for it is an error, too', async () => {
    await expect(sign({})(await composed(), {})).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })
})

describe('a policy of one’s own', () => {
  const with_ = async (protectHeaders: HeaderPolicy) => await both(await composed(), { protectHeaders })

  it('is asked for each field, and builds on those that there are', async () => {
    const message = await wire(
      await with_((name, value) =>
        name === 'X-Incident' ? value : name === 'Cc' ? null : baselinePolicy(name, value),
      ),
    )
    expect(valuesOf(message.toString(), 'X-Incident')).toEqual(['zebra 2139'])
    expect(valuesOf(message.toString(), 'Cc')).toEqual([])
    expect(valuesOf(message.toString(), 'Subject')).toEqual(['[...]'])
  })

  it.each<[string, HeaderPolicy]>([
    ['another author', (name, value) => (name === 'From' ? 'mallory@example.net' : value)],
    ['no author', (name, value) => (name === 'From' ? null : value)],
    ['no date', (name, value) => (name === 'Date' ? null : value)],
    ['a field more', (name, value) => (name === 'Subject' ? 'x\r\nBcc: mallory@example.net' : value)],
    ['letters beyond ASCII', (name, value) => (name === 'Subject' ? '…' : value)],
    ['nothing in it', (name, value) => (name === 'Subject' ? ' ' : value)],
    // As plain JavaScript may have it.
    ['no text', JSON.parse('{}').missing ?? (() => undefined)],
  ])('is refused where it gives %s', async (_, policy) => {
    await expect(with_(policy)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field: 'smime.protectHeaders',
    })
  })
})

describe('what cannot be', () => {
  it.each([
    ['protectHeaders', 'bold'],
    ['protectHeaders', null],
    ['legacyDisplay', 'no'],
  ])('the option %s: %j is refused at once', (name, value) => {
    for (const stage of [sign, encrypt]) {
      expect(() => stage({ [name]: value })).toThrow(expect.objectContaining({ field: `smime.${name}` }))
    }
  })

  it('a job that asks for anything else is refused, whoever made the mail', async () => {
    const mail = await composed()
    const protection = { ...mail.protection, ...JSON.parse('{"protectHeaders": "bold"}') }
    await expect(both({ ...mail, protection })).rejects.toMatchObject({ field: 'protectHeaders' })
  })

  it('fields are not put around what is signed already', async () => {
    const mail = await signed(await composed({ protectHeaders: undefined, encrypt: true }))
    await expect(encrypted(mail, { protectHeaders: true })).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })

  it('fields signed as those of a readable mail are not encrypted', async () => {
    const mail = await signed(await composed())
    const protection = { ...mail.protection, encrypt: true }
    await expect(encrypted({ ...mail, protection })).rejects.toMatchObject({ field: 'encrypt' })
  })

  it('a mail that hides its subject does not go out unencrypted', async () => {
    const mail = await signed(await composed({ encrypt: true }))
    const stage = deliver({ transport: { folder: temporaryPath('outbox') } })
    await expect(stage(mail, {})).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING', stage: 'deliver' })
    await stage.close()
  })

  it('an address in letters beyond ASCII cannot be signed', async () => {
    await expect(signed(await composed({ to: 'jörg@example.com' }))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'protectHeaders',
      message: expect.stringContaining('the field To'),
    })
  })

  it('a job brings no HP-Outer of its own', async () => {
    await expect(composed({ headers: { 'HP-Outer': 'Subject: x' } })).rejects.toMatchObject({
      code: 'FORBIDDEN_HEADER',
    })
    const mail = await composed()
    const forged = { ...mail, headers: [...mail.headers, { name: 'hp-outer', value: 'Subject: forged' }] }
    expect(await payload(await both(forged))).not.toContain('forged')
  })
})

const readers: [name: 'openssl' | 'nss', open: typeof opensslReader][] = [
  ['openssl', opensslReader],
  ['nss', nssReader],
]

for (const [peer, open] of readers) {
  describeWith(peer)(`${peer} reads mail with protected header fields`, () => {
    const reading = async (work: (reader: Reader) => Promise<void>) => {
      const reader = await open({ authorities: [authority()], owner: alice() })
      try {
        await work(reader)
      } finally {
        await reader.close()
      }
    }

    it('signed', async () => {
      await reading(async (reader) => {
        const read = await reader.verify(await wire(await signed(await composed())))
        expect(read, read.says).toMatchObject({ ok: true })
        expect(read.content.toString()).toContain('Keywords: zebra, takeover\r\n')
      })
    })

    it('signed and encrypted', async () => {
      await reading(async (reader) => {
        const outer = await reader.decrypt(await wire(await both(await composed())))
        const read = await reader.verify(outer.content)
        expect(read, read.says).toMatchObject({ ok: true })
        expect(read.content.toString()).toContain(`Subject: =?UTF-8?Q?`)
      })
    })

    it('but not with a subject that was changed on its way', async () => {
      await reading(async (reader) => {
        const message = (await wire(await signed(await composed({ subject: 'Pay nobody' })))).toString(
          'latin1',
        )
        const at = message.lastIndexOf('Pay nobody')
        const changed = `${message.slice(0, at)}Pay Malory${message.slice(at + 10)}`
        expect(await reader.verify(Buffer.from(changed, 'latin1'))).toMatchObject({ ok: false })
      })
    })
  })
}

it('a mail to blind-copied people alone says so inside and outside', async () => {
  const mail = exampleMail({ encrypt: true, protectHeaders: 'shy' }, [bcc('alice@example.com')], {
    headers: [
      { name: 'From', value: 'SOC <soc@example.com>' },
      { name: 'To', value: 'undisclosed-recipients:;' },
    ],
  })
  const result = await encrypted(mail)
  expect(deliveryOf(result).recipients).toHaveLength(1)
  expect(valuesOf((await wire(result)).toString(), 'To')).toEqual(['undisclosed-recipients:;'])
})
