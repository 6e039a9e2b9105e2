import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { compose } from '../../src/compose/compose.js'
import { composed, PNG, refusal, rendered, warningsOf } from './composing.js'

const headerOf = async (name: string, ...input: Parameters<typeof composed>) => {
  const { mail } = await composed(...input)
  return mail.headers.find((field) => field.name.toLowerCase() === name.toLowerCase())?.value
}

describe('A composed mail', () => {
  it('reads back as what went in', async () => {
    const { bytes, mail } = await composed(
      {
        from: 'Jörg <joerg@example.com>',
        to: 'Jane Doe <jane@example.com>',
        cc: ['"Doe, John" <john@example.com>'],
        replyTo: 'soc@example.com',
        attachments: [{ name: 'größe.bin', content: Buffer.from([0, 13, 10, 255]) }],
      },
      { subject: '[2139] Phishing – „dringend“', html: '<p>Grüße</p>', text: 'Grüße' },
    )
    const parsed = await PostalMime.parse(bytes)
    expect(parsed).toMatchObject({
      from: { name: 'Jörg', address: 'joerg@example.com' },
      to: [{ name: 'Jane Doe', address: 'jane@example.com' }],
      cc: [{ name: 'Doe, John', address: 'john@example.com' }],
      replyTo: [{ address: 'soc@example.com' }],
      subject: '[2139] Phishing – „dringend“',
      messageId: mail.messageId,
    })
    expect(parsed.text?.trim()).toBe('Grüße')
    expect(parsed.html?.trim()).toBe('<p>Grüße</p>')
    const [attachment] = parsed.attachments
    expect(attachment).toMatchObject({ filename: 'größe.bin', disposition: 'attachment' })
    expect(Buffer.from(attachment?.content as ArrayBuffer)).toEqual(Buffer.from([0, 13, 10, 255]))
  })

  it('has one delivery to everybody, each where they stand', async () => {
    const { mail } = await composed({ to: 'a@example.com', cc: 'b@example.com', bcc: 'c@example.com' })
    expect(mail.deliveries).toHaveLength(1)
    expect(mail.deliveries[0]?.recipients).toEqual([
      { address: 'a@example.com', kind: 'to' },
      { address: 'b@example.com', kind: 'cc' },
      { address: 'c@example.com', kind: 'bcc' },
    ])
    expect(mail).toMatchObject({ sender: 'soc@example.com', signer: null, recipientsCertificates: null })
  })

  it('opens its body again and again', async () => {
    const { mail } = await composed()
    const entity = mail.deliveries[0]?.entity
    const read = async () => {
      const chunks: Uint8Array[] = []
      for await (const chunk of entity?.body() ?? []) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    }
    expect(await read()).toBe('All quiet.\r\n')
    expect(await read()).toBe('All quiet.\r\n')
  })

  it('hands on what protection the request asks for, and nothing it does not', async () => {
    const { mail } = await composed({ sign: false, encryptionCertificates: 'PEM' })
    expect(mail.protection).toEqual({ sign: false, encryptionCertificates: 'PEM' })
    expect((await composed()).mail.protection).toEqual({})
  })

  it.each(['sign', 'encrypt'])('takes nothing but true, false and nothing for %s', async (field) => {
    for (const value of ['true', 'yes', 1, 0, '', []])
      expect(await refusal(asWritten({ [field]: value }))).toMatchObject({ code: 'INVALID_REQUEST', field })
    expect((await composed(asWritten({ [field]: null }))).mail.protection).toEqual({})
  })

  it('keeps the warnings and timings it was given, and adds its own', async () => {
    const { mail } = await composed(
      { to: 'a@example.com, A@Example.com' },
      { warnings: [{ code: 'UNUSED_BODY', message: 'x' }], timings: { render: 3 } },
    )
    expect(mail.warnings.map(({ code }) => code)).toEqual(['UNUSED_BODY', 'DUPLICATE_RECIPIENT'])
    expect(mail.timings).toEqual({ render: 3, compose: expect.any(Number) })
  })

  it('says when it was made, with one clock', async () => {
    const { mail } = await composed()
    expect(mail.date.getMilliseconds()).toBe(0)
    const value = mail.headers.find(({ name }) => name === 'Date')?.value ?? ''
    expect(value).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/)
    expect(new Date(value)).toEqual(mail.date)
  })

  it('is not made when the caller has stopped', async () => {
    const stage = compose({ from: 'soc@example.com' })
    await expect(stage(rendered(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
      stage: 'compose',
    })
  })
})

describe('The sender', () => {
  it('is the request’s, else the option’s', async () => {
    expect((await composed({ from: 'me@example.org' })).mail.sender).toBe('me@example.org')
    expect((await composed()).mail.sender).toBe('soc@example.com')
    expect((await composed({ from: '' })).mail.sender).toBe('soc@example.com')
  })

  it('is needed', async () => {
    expect(await refusal({}, {}, { from: '' })).toMatchObject({
      code: 'NO_SENDER',
      field: 'from',
      message: 'nobody sends this mail; name the sender: "from" in the job, or in the config',
    })
  })

  it('is one', async () => {
    expect(await refusal({ from: 'a@example.com, b@example.com' })).toMatchObject({ code: 'INVALID_ADDRESS' })
  })
})

describe('The recipients', () => {
  it('are needed', async () => {
    expect(await refusal({ to: '', cc: [], bcc: ' , ' })).toMatchObject({
      code: 'NO_RECIPIENTS',
      message: 'there are no recipients; give to, cc or bcc',
    })
  })

  it('get one mail each, in the place named first', async () => {
    const result = await composed({
      to: 'a@example.com, b@example.com',
      cc: 'A@EXAMPLE.com, c@bücher.example',
      bcc: 'B@example.com, c@xn--bcher-kva.example',
    })
    expect(result.mail.deliveries[0]?.recipients.map(({ address }) => address)).toEqual([
      'a@example.com',
      'b@example.com',
      'c@xn--bcher-kva.example',
    ])
    expect(await headerOf('Cc', { to: 'a@example.com', cc: 'A@EXAMPLE.com' })).toBeUndefined()
    expect(warningsOf(result)).toEqual(['DUPLICATE_RECIPIENT', 'DUPLICATE_RECIPIENT', 'DUPLICATE_RECIPIENT'])
    expect(result.mail.warnings[0]?.message).toBe('cc: "A@EXAMPLE.com" is already in to, and gets one mail')
  })

  it('are in ASCII where they can be, and in UTF-8 where they cannot (RFC 6532)', async () => {
    const { mail, bytes } = await composed({ to: 'Ünal <ünal@bücher.example>' })
    expect(mail.deliveries[0]?.recipients[0]?.address).toBe('ünal@xn--bcher-kva.example')
    expect(bytes.toString()).toContain('To: =?UTF-8?Q?=C3=9Cnal?= <ünal@xn--bcher-kva.example>\r\n')
  })

  it('are said to be undisclosed where all are blind', async () => {
    expect(await headerOf('To', { to: '', bcc: 'x@example.com' })).toBe('undisclosed-recipients:;')
  })
})

describe('Blind copies', () => {
  it('leave no trace in the bytes, whatever else the mail holds', async () => {
    const secret = 'whistleblower@secret.example'
    const { bytes, mail } = await composed(
      {
        to: 'a@example.com',
        cc: 'b@example.com',
        bcc: `"Deep Throat" <${secret}>, second.${secret}`,
        idempotencyKey: 'k',
        thread: true,
        importance: 'high',
        replyTo: 'soc@example.com',
        headers: { 'X-Ticket': '1', To: 'All', Cc: 'All' },
        attachments: [{ name: 'x.png', cid: 'x', content: PNG }, { content: Buffer.from('x') }],
      },
      { html: '<img src="cid:x">', incident: { incident: { id: 1 } } },
    )
    const decoded = await PostalMime.parse(bytes)
    for (const text of [bytes.toString('latin1'), JSON.stringify(decoded), JSON.stringify(mail.headers)]) {
      expect(text).not.toMatch(/whistleblower|secret\.example|Deep Throat|bcc/i)
    }
    expect(decoded.bcc).toBeUndefined()
    expect(mail.deliveries[0]?.recipients.map(({ address }) => address)).toContain(secret)
  })

  it.each(['Bcc', 'bcc', 'BCC ', ' bcc', 'Bcc\t', 'Bcc:', 'b\u200bcc', 'Resent-Bcc', 'resent-to'])(
    'cannot come in through the headers as %j',
    async (name) => {
      expect(await refusal({ headers: { [name]: 'x@evil.example' } })).toMatchObject({
        code: 'FORBIDDEN_HEADER',
      })
    },
  )
})

describe('The subject', () => {
  it.each([
    ['plain', 'Hello R&D "team"', 'Hello R&D "team"'],
    ['mostly Latin', 'Die Größe', '=?UTF-8?Q?Die_Gr=C3=B6=C3=9Fe?='],
    [
      'looking like an encoded word',
      '=?utf-8?Q?=0D=0ABcc:?=',
      '=?UTF-8?B?PT91dGYtOD9RPz0wRD0wQUJjYzo/PQ==?=',
    ],
  ])('is written as it is: %s', async (_, subject, value) => {
    expect(await headerOf('Subject', {}, { subject })).toBe(value)
  })

  it('reads back however long it is, its words too', async () => {
    for (const subject of [
      'x'.repeat(3000),
      '語'.repeat(1000),
      `a${' '.repeat(2000)}b`,
      '👩‍💻 '.repeat(300).trim(),
    ]) {
      const { bytes } = await composed({}, { subject })
      expect((await PostalMime.parse(bytes)).subject).toBe(subject)
    }
  })

  it('is one of the headers where these have one, in the mail and in what the report says', async () => {
    const { mail } = await composed({ headers: { SUBJECT: 'Mine' } }, { subject: 'Theirs' })
    expect(mail.subject).toBe('Mine')
    expect(mail.headers.filter(({ name }) => /^subject$/i.test(name))).toEqual([
      { name: 'Subject', value: 'Mine' },
    ])
  })

  it('has no control characters', async () => {
    expect((await composed({}, { subject: 'a\u001b[2Jb\u0085c\u2028d\ud800' })).mail.subject).toBe(
      'a [2Jb c d\ufffd',
    )
  })
})

describe('Importance', () => {
  it.each([
    ['high', '1', 'High', 'urgent'],
    ['normal', '3', 'Normal', 'normal'],
    ['low', '5', 'Low', 'non-urgent'],
  ] as const)('%s is said in all four ways', async (importance, number, word, priority) => {
    const { mail } = await composed({ importance })
    const fields = Object.fromEntries(mail.headers.map(({ name, value }) => [name, value]))
    expect(fields).toMatchObject({
      Importance: importance,
      'X-Priority': number,
      'X-MSMail-Priority': word,
      Priority: priority,
    })
  })

  it('is not said where nobody asked', async () => {
    expect((await composed()).bytes.toString()).not.toMatch(/priority|importance/i)
  })
})

describe('Header fields', () => {
  it('stand in an order that people like to read', async () => {
    const { mail } = await composed({ cc: 'b@example.com', importance: 'low', headers: { 'X-Ticket': '7' } })
    expect(mail.headers.map(({ name }) => name).join(' ')).toBe(
      'Date From To Cc Subject Message-ID Importance X-Priority X-MSMail-Priority Priority Auto-Submitted X-Auto-Response-Suppress X-Ticket MIME-Version',
    )
  })

  it('say that nobody should answer automatically, unless told otherwise', async () => {
    expect(await headerOf('Auto-Submitted')).toBe('auto-generated')
    expect(await headerOf('Auto-Submitted', { headers: { 'auto-submitted': 'no' } })).toBe('no')
    expect(await headerOf('Auto-Submitted', { headers: { 'Auto-Submitted': '' } })).toBeUndefined()
  })

  it.each([
    ['subject', { subject: 'a\r\nBcc: x@evil.example' }],
    ['from', { from: 'a\n <a@example.com>' }],
    ['to', { to: 'a@example.com\r\n' }],
    ['cc[0]', { cc: ['a@example.com\0'] }],
    ['bcc', { bcc: 'a@example.com\r' }],
    ['replyTo', { replyTo: 'a@example.com\nX: y' }],
    ['messageId', { messageId: 'a@example.com>\r\nX: y' }],
    ['inReplyTo', { inReplyTo: 'a@example.com\nX: y' }],
    ['references', { references: 'a@example.com\n b@example.com' }],
    ['references[1]', { references: ['a@example.com', 'b@example.com\r\nX: y'] }],
    ['headers.X-Ticket', { headers: { 'X-Ticket': '7\r\nBcc: x@evil.example' } }],
    ['headers.Subject', { headers: { Subject: 'a\nb' } }],
    ['headers.From', { headers: { From: 'a\nb' } }],
    ['headers.XY', { headers: { 'X\nY': 'a' } }],
    ['attachments[0].name', { attachments: [{ name: 'a\r\nX: y', content: '' }] }],
    ['attachments[0].cid', { attachments: [{ cid: 'a\r\nX: y', content: '' }] }],
    ['attachments[0].contentType', { attachments: [{ contentType: 'a/b\r\nX: y', content: '' }] }],
  ])('take no line break or NUL: %s', async (field, request) => {
    expect(await refusal(request)).toMatchObject({ code: 'HEADER_INJECTION', field, stage: 'compose' })
  })

  it('take none from the rendered subject either', async () => {
    expect(await refusal({}, { subject: 'a\nb' })).toMatchObject({
      code: 'HEADER_INJECTION',
      field: 'subject',
    })
  })
})

/** A request as JSON has it, whatever its types. */
function asWritten(request: object) {
  return JSON.parse(JSON.stringify(request))
}
