import { describe, expect, it } from 'vitest'
import { composed, refusal } from './composing.js'

const fields = async (headers: Record<string, string>) => {
  const { mail } = await composed({ headers, to: 'real@example.com', cc: 'copy@example.com' })
  return { mail, shown: Object.fromEntries(mail.headers.map(({ name, value }) => [name, value])) }
}

describe('Headers of one’s own', () => {
  it('are added as they are spelled', async () => {
    const { shown } = await fields({
      'X-Splunk-Id': '42',
      'List-Unsubscribe': `<https://x.example/${'a'.repeat(200)}>`,
    })
    expect(shown).toMatchObject({
      'X-Splunk-Id': '42',
      'List-Unsubscribe': `<https://x.example/${'a'.repeat(200)}>`,
    })
  })

  it('change who is shown, and not who gets the mail', async () => {
    const { mail, shown } = await fields({
      To: 'Böard <board@example.org>',
      From: 'CEO <ceo@example.org>',
      cc: 'x@example.org',
    })
    expect(shown).toMatchObject({
      To: '=?UTF-8?Q?B=C3=B6ard?= <board@example.org>',
      From: 'CEO <ceo@example.org>',
      Cc: 'x@example.org',
    })
    expect(mail.sender).toBe('soc@example.com')
    expect(mail.deliveries[0]?.recipients.map(({ address }) => address)).toEqual([
      'real@example.com',
      'copy@example.com',
    ])
  })

  it('may show a name alone, in a form that readers know', async () => {
    const { shown } = await fields({ To: 'Everybody', From: 'The SOC', Cc: 'undisclosed-recipients:;' })
    expect(shown).toMatchObject({
      To: 'Everybody:;',
      From: 'The SOC <soc@example.com>',
      Cc: 'undisclosed-recipients:;',
    })
  })

  it('stand for the request’s own fields of the same name, and win', async () => {
    const { mail } = await composed({
      messageId: 'theirs@example.com',
      headers: {
        'message-id': 'mine@example.com',
        'In-Reply-To': 'parent@example.com',
        References: '<root@example.com>',
        'Reply-To': 'Soc <r@example.com>',
      },
    })
    expect(mail.messageId).toBe('<mine@example.com>')
    expect(Object.fromEntries(mail.headers.map(({ name, value }) => [name, value]))).toMatchObject({
      'Message-ID': '<mine@example.com>',
      'In-Reply-To': '<parent@example.com>',
      References: '<root@example.com> <parent@example.com>',
      'Reply-To': 'Soc <r@example.com>',
    })
    const names = mail.headers.map(({ name }) => name.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
  })

  it.each([
    'Content-Type',
    'content-transfer-encoding',
    'Content-Disposition ',
    'MIME-Version',
    'mime-version:',
    'Date',
    'Received',
    'Apparently-To',
    'X-Apparently-To',
    'Envelope-To',
    'X-Envelope-To',
    'X-RCPT-TO',
    'X-Bcc',
    'X-MC-BccAddress',
    'Resent-Bcc',
    'Return-Path',
    'DKIM-Signature',
    'ARC-Seal',
    'Authentication-Results',
  ])('may not be %j', async (name) => {
    const error = await refusal({ headers: { [name]: 'x' } })
    expect(error.code).toBe('FORBIDDEN_HEADER')
    expect(error.field).toMatch(/^headers\.[\w-]+$/)
  })

  it.each(['', 'X Ticket', 'X-Tïcket', 'X:Y', 'x'.repeat(80)])(
    'need a field name that is one: %j',
    async (name) => {
      expect(await refusal({ headers: { [name]: 'x' } })).toMatchObject({ code: 'INVALID_REQUEST' })
    },
  )

  it('may ask for a receipt', async () => {
    const { shown } = await fields({ 'Disposition-Notification-To': 'soc@example.com' })
    expect(shown).toMatchObject({ 'Disposition-Notification-To': 'soc@example.com' })
  })

  it('are there once', async () => {
    expect(await refusal({ headers: { 'X-A': '1', 'x-a': '2' } })).toMatchObject({ code: 'INVALID_REQUEST' })
  })

  it.each(['Importance', 'x-priority', 'X-MSMail-Priority', 'Priority'])(
    'say with %s how urgent the mail is, or importance does, and never both',
    async (name) => {
      expect(await refusal({ importance: 'high', headers: { [name]: 'low' } })).toMatchObject({
        code: 'INVALID_REQUEST',
        field: `headers.${name}`,
        message: `headers.${name} and importance both say how urgent the mail is; keep one of them`,
      })
      const { mail } = await composed({ headers: { [name]: 'low' } })
      expect(mail.headers).toContainEqual({ name, value: 'low' })
    },
  )

  it('keep one of the four fields of importance away where it is empty', async () => {
    const { mail } = await composed({ importance: 'high', headers: { Priority: '' } })
    const names = mail.headers.map(({ name }) => name)
    expect(names).toContain('Importance')
    expect(names).not.toContain('Priority')
  })

  it.each(['', ' \t'])('have no empty Subject, which would be passed over: %j', async (subject) => {
    expect(await refusal({ headers: { subject } })).toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'headers.subject',
      message: 'headers.subject is empty; fill it, or leave it out',
    })
  })

  it('hold addresses where they show them', async () => {
    expect(await refusal({ headers: { To: 'a@' } })).toMatchObject({
      code: 'INVALID_ADDRESS',
      field: 'headers.To',
    })
  })
})
