import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNotifier, type GuardOptions, guard, type MailRequest } from '../../src/index.js'
import type { MimeMail } from '../../src/mail.js'
import { errorOf, mail, mailTo } from '../deliver/mails.js'

const refusal = (field: string) => ({ code: 'GUARD_REFUSED', stage: 'guard', temporary: false, field })
const judge = (options: GuardOptions, each: MimeMail) => guard(options)(each, {})
const judgeTo = (options: GuardOptions, ...to: string[]) => judge(options, mailTo(...to))

describe('a guard', () => {
  it('without rules lets everything pass, untouched', async () => {
    const each = mailTo('anybody@anywhere.example')
    expect(await judge({}, each)).toBe(each)
  })

  it.each<[string, string]>([
    ['ciso@example.com', 'ciso@example.com'],
    ['ciso@example.com', 'CISO@Example.COM'],
    ['CISO@EXAMPLE.COM', 'ciso@example.com'],
    ['example.com', 'anybody@example.com'],
    ['EXAMPLE.com', 'anybody@Example.Com'],
    ['*.example.com', 'anybody@a.example.com'],
    ['*.example.com', 'anybody@b.a.example.com'],
    ['bücher.example', 'anybody@xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'anybody@XN--BCHER-KVA.example'],
    ['"two words"@example.com', '"two words"@example.com'],
    ['"odd%name"@example.com', '"odd%name"@example.com'],
    ['grüße@example.com', 'GRÜSSE@example.com'.replace('SS', 'ß')],
  ])('that allows %s lets %s pass', async (pattern, address) => {
    await judgeTo({ recipients: [pattern] }, address)
  })

  it.each<[string, string]>([
    // another domain, in disguise
    ['example.com', 'a@example.com.evil.example'],
    ['example.com', 'a@evilexample.com'],
    ['example.com', 'a@sub.example.com'],
    ['*.example.com', 'a@example.com'],
    ['*.example.com', 'a@evilexample.com'],
    ['*.example.com', 'a@.example.com'],
    ['example.com', 'a@exаmple.com'],
    ['example.com', 'a@xn--exmple-4nf.com'],
    ['example.com', 'a@example.com.'],
    ['example.com', 'a@example.com\0.evil.example'],
    ['example.com', 'a@[192.0.2.1]'],
    ['example.com', 'a@example.com@evil.example'],
    ['example.com', '"a@example.com"@evil.example'],
    ['example.com', '"a@example.com> x"@evil.example'],
    // a way on to somewhere else
    ['example.com', 'victim%evil.example@example.com'],
    ['example.com', 'evil.example!victim@example.com'],
    ['example.com', '"victim@evil.example"@example.com'],
    ['example.com', '@example.com:victim@evil.example'],
    ['example.com', '@evil.example,@example.com:victim@example.com'],
    // names and comments
    ['example.com', 'a@evil.example (a@example.com)'],
    ['example.com', 'a(x)@example.com'],
    ['example.com', '"a@example.com" <a@evil.example>'],
    ['example.com', 'x <a@example.com>'],
    ['example.com', ' a@example.com'],
    ['example.com', 'a@example.com,b@evil.example'],
    ['example.com', 'a@example.com\r\nRCPT TO:<b@evil.example>'],
    ['example.com', ''],
    ['example.com', 'example.com'],
    // another person
    ['ciso@example.com', 'ciso+x@example.com'],
    ['ciso@example.com', 'c.iso@example.com'],
    ['ciso@example.com', 'ciso@a.example.com'],
    ['ciso@example.com', 'cisо@example.com'],
  ])('that allows %s refuses %j', async (pattern, address) => {
    expect(await errorOf(judgeTo({ recipients: [pattern] }, address))).toMatchObject(
      refusal('guard.recipients'),
    )
  })

  it('refuses the whole mail because of one, also of a blind copy or another copy', async () => {
    const options = { recipients: ['example.com'] }
    for (const to of [
      ['a@example.com', 'b@evil.example'],
      ['a@example.com', 'bcc:b@evil.example'],
    ])
      expect(await errorOf(judgeTo(options, ...to))).toMatchObject({
        ...refusal('guard.recipients'),
        message: expect.stringContaining('"b@evil.example"'),
      })
    const [first] = mailTo('a@example.com').deliveries
    const [second] = mailTo('b@evil.example').deliveries
    const deliveries = [first, second].filter((delivery) => delivery !== undefined)
    expect(await errorOf(judge(options, mail({ deliveries })))).toMatchObject(refusal('guard.recipients'))
  })

  it.each([
    ...['press@example.com', 'PRESS@EXAMPLE.COM', 'a@press.example.com', 'not an address'],
    // What servers may read in another way may be anybody's.
    ...[
      'a%b@press.example.com',
      'a!b@press.example.com',
      '"a@b"@press.example.com',
      '"a:b"@press.example.com',
    ],
    ...['x%press.example.com@relay.example', 'x@[192.0.2.1]'],
  ])('that refuses some refuses %s, although all are allowed', async (address) => {
    const options = { refuse: ['press@example.com', 'press.example.com'] }
    expect(await errorOf(judgeTo(options, address))).toMatchObject(refusal('guard.refuse'))
    await judgeTo(options, 'a@example.com')
  })

  it('counts recipients, and octets', async () => {
    const people = ['a@example.com', 'b@example.com', 'bcc:c@example.com']
    await judgeTo({ maxRecipients: 3 }, ...people)
    expect(await errorOf(judgeTo({ maxRecipients: 2 }, ...people))).toMatchObject(
      refusal('guard.maxRecipients'),
    )
    expect(await errorOf(judgeTo({ maxSize: 100 }, 'a@example.com'))).toMatchObject(refusal('guard.maxSize'))
    await judgeTo({ maxSize: 10_000 }, 'a@example.com')
  })

  it('keeps back what is not encrypted to those who get nothing else', async () => {
    const options = { encryptTo: ['partner.example'] }
    await judgeTo(options, 'a@example.com')
    for (const open of [
      ...[
        'a@partner.example',
        'A@PARTNER.EXAMPLE',
        'no address',
        'a%b@partner.example',
        'a!b@partner.example',
      ],
      ...['"a@b"@partner.example', 'x%partner.example@relay.example', 'x@[192.0.2.1]'],
    ])
      expect(await errorOf(judgeTo(options, 'b@example.com', open))).toMatchObject(refusal('guard.encryptTo'))
    const certificate = {
      recipient: 'a@partner.example',
      subject: '',
      issuer: '',
      serialNumber: '',
      fingerprint: '',
      addresses: [],
      notAfter: '',
      daysLeft: 1,
    }
    const encrypted = { ...mailTo('a@partner.example'), recipientsCertificates: [certificate] }
    await judge(options, encrypted)
    const other = {
      ...mailTo('a@partner.example', 'b@partner.example'),
      recipientsCertificates: [certificate],
    }
    expect(await errorOf(judge(options, other))).toMatchObject(refusal('guard.encryptTo'))
  })

  describe('with TLP rules', () => {
    const options: GuardOptions = {
      tlp: {
        red: { recipients: ['ciso@example.com'], encrypt: true },
        amber: { recipients: ['example.com', 'partner.example'] },
      },
    }
    const labelled = (tlp: string | undefined, ...to: string[]) => ({
      ...mailTo(...to),
      protection: { tlp } as MimeMail['protection'],
    })

    it.each([
      ['clear', 'a@anywhere.example', null],
      ['green', 'a@anywhere.example', null],
      ['amber', 'a@partner.example', null],
      ['amber', 'a@anywhere.example', 'guard.tlp.amber.recipients'],
      // No rule of its own: that of the next less strict label.
      ['amber+strict', 'a@anywhere.example', 'guard.tlp.amber.recipients'],
      ['red', 'a@example.com', 'guard.tlp.red.recipients'],
      ['red', 'ciso@example.com', 'guard.tlp.red.encrypt'],
      [undefined, 'ciso@example.com', 'guard.tlp'],
      ['RED', 'a@anywhere.example', 'guard.tlp'],
      ['__proto__', 'a@anywhere.example', 'guard.tlp'],
    ])('judges %s to %s: %s', async (tlp, to, field) => {
      const judged = judge(options, labelled(tlp, to))
      if (field === null) await judged
      else expect(await errorOf(judged)).toMatchObject(refusal(field))
    })

    it('takes the default label where the job gives none, and none else', async () => {
      const strict: GuardOptions = { ...options, defaultTlp: 'red' }
      expect(await errorOf(judge(strict, labelled(undefined, 'a@example.com')))).toMatchObject(
        refusal('guard.tlp.red.recipients'),
      )
      await judge(strict, labelled('green', 'a@example.com'))
    })
  })

  it.each<[object, string]>([
    [{ recipient: [] }, 'guard.recipient'],
    [{ recipients: 'example.com' }, 'guard.recipients'],
    [{ recipients: [''] }, 'guard.recipients[0]'],
    [{ recipients: ['a@example.com', '*'] }, 'guard.recipients[1]'],
    [{ recipients: ['*@example.com'] }, 'guard.recipients[0]'],
    [{ recipients: ['exa*mple.com'] }, 'guard.recipients[0]'],
    [{ recipients: ['example.com/'] }, 'guard.recipients[0]'],
    [{ recipients: [/example/] }, 'guard.recipients[0]'],
    [{ tlp: { purple: {} } }, 'guard.tlp.purple'],
    [{ tlp: { red: { recipient: [] } } }, 'guard.tlp.red.recipient'],
    [{ tlp: { red: { encrypt: 'yes' } } }, 'guard.tlp.red.encrypt'],
    [{ defaultTlp: 'purple' }, 'guard.defaultTlp'],
    [{ maxRecipients: 0 }, 'guard.maxRecipients'],
    [{ maxSize: '1MB' }, 'guard.maxSize'],
  ])('refuses at once the options %j', (options, field) => {
    expect(() => guard(options)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', field }))
  })
})

describe("a notifier's guard", () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guard-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const guarded = (options: GuardOptions) =>
    createNotifier({ from: 'soc@example.com', transport: { folder }, guard: options })
  const job = (to: string, more: Partial<MailRequest> = {}) => ({
    to,
    subject: 'S',
    body: 'All quiet.',
    ...more,
  })

  it('stands in every way out, and in a dry run', async () => {
    const notifier = await guarded({ recipients: ['example.com'] })
    const evil = job('a@evil.example')
    const message = 'From: soc@example.com\nTo: a@example.com\nBcc: b@evil.example\n\nHi\n'
    const composed = await notifier.compose(evil)
    for (const way of [
      notifier.send(evil),
      notifier.send(evil, { dryRun: true }),
      notifier.deliver(composed),
      notifier.deliver(composed, { dryRun: true }),
      notifier.raw(message),
      notifier.raw(message, { dryRun: true }),
      notifier.send(job('a@example.com', { cc: 'b@evil.example' })),
      notifier.send(job('a@example.com', { bcc: 'b@evil.example' })),
    ])
      expect(await errorOf(way)).toMatchObject({
        ...refusal('guard.recipients'),
        messageId: expect.any(String),
      })
    for await (const { error } of notifier.sendMany([evil]))
      expect(error).toMatchObject({ code: 'GUARD_REFUSED' })
    const checked = await notifier.check({ to: 'a@evil.example' })
    expect(checked.steps.at(-1)).toMatchObject({ step: 'send', ok: false, error: { code: 'GUARD_REFUSED' } })
    expect(await readdir(folder)).toEqual([])
    await notifier.close()
  })

  it('lets a dry run show what would be sent to whom, and sends nothing', async () => {
    const notifier = await guarded({ recipients: ['example.com'] })
    const report = await notifier.send(job('a@example.com', { bcc: 'b@example.com' }), { dryRun: true })
    expect(report).toMatchObject({
      outcome: null,
      accepted: [],
      envelope: { from: 'soc@example.com', to: ['a@example.com', 'b@example.com'] },
      size: expect.any(Number),
    })
    expect(await readdir(folder)).toEqual([])
    await notifier.close()
  })

  it('cannot be weakened by a job: it has no such key, and its label is only one of those there are', async () => {
    const notifier = await guarded({ tlp: { clear: { recipients: ['example.com'] } } })
    for (const key of ['guard', 'transport', 'defaultTlp'])
      expect(await errorOf(notifier.send({ ...job('a@example.com'), [key]: {} }))).toMatchObject({
        code: 'INVALID_REQUEST',
      })
    expect(await errorOf(notifier.send(job('a@evil.example', { tlp: 'green' })))).toMatchObject(
      refusal('guard.tlp.clear.recipients'),
    )
    expect(
      await errorOf(notifier.send(job('a@example.com', { headers: { To: 'b@evil.example' } }))),
    ).toMatchObject(refusal('guard.tlp'))
    await notifier.close()
  })

  it('with TLP rules lets the test mail of check pass, which tells nothing', async () => {
    const notifier = await guarded({ tlp: { amber: { recipients: ['example.com'] } } })
    expect(await notifier.check({ to: 'a@example.com' })).toMatchObject({ ok: true })
    await notifier.close()
  })
})
