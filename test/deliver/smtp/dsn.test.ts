import { createTransport } from 'nodemailer'
import { afterEach, describe, expect, it } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import type { DsnRequest } from '../../../src/mail.js'
import { type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { delivery, errorOf, mail, mailTo } from '../mails.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function against(script: Script, more: object = {}) {
  const server = await startScriptedServer(script)
  const send = deliver({ transport: { host: '127.0.0.1', port: server.port }, ...more })
  cleanup.push(server.stop, send.close)
  return { server, send }
}

const ASKED: DsnRequest = {
  notify: ['success', 'failure', 'delay'],
  return: 'headers',
  envelopeId: '1@example.com',
  required: true,
}

const asking = (changes: Partial<DsnRequest>, ...addresses: string[]) => ({
  ...mailTo(...addresses),
  dsn: { ...ASKED, ...changes },
})

describe.each([{ extensions: ['DSN', 'PIPELINING'] }, { extensions: ['DSN'] }])(
  'notifications, with %j',
  ({ extensions }) => {
    it('are asked for with the mail, and for each recipient by the address that the sender knows', async () => {
      const { server, send } = await against({ extensions })
      const report = await send(asking({}, 'a@example.com', 'b@example.com', 'bcc:c@example.com'), {})
      expect(report).toMatchObject({ outcome: 'sent', warnings: [] })
      expect(server.commands('MAIL')).toEqual(['MAIL FROM:<soc@example.com> RET=HDRS ENVID=1@example.com'])
      expect(server.commands('RCPT')).toEqual(
        ['a', 'b', 'c'].map(
          (name) =>
            `RCPT TO:<${name}@example.com> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;${name}@example.com`,
        ),
      )
    })

    it('carry no command, whatever stands in an address or an id (RFC 3461, section 4)', async () => {
      const { server, send } = await against({ extensions })
      const envelopeId = 'a b+=\r\nRCPT TO:<evil@example.com> ü'
      await send(asking({ envelopeId, return: 'full' }, '"a b+=\\""@example.com'), {})
      expect(server.commands('MAIL')).toEqual([
        'MAIL FROM:<soc@example.com> RET=FULL ENVID=a+20b+2B+3D+0D+0ARCPT+20TO:<evil@example.com>+20+C3+BC',
      ])
      expect(server.commands('RCPT')).toEqual([
        'RCPT TO:<"a b+=\\""@example.com> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;"a+20b+2B+3D\\""@example.com',
      ])
    })
  },
)

describe('notifications', () => {
  it('are not asked for by a mail that does not wish for them', async () => {
    const { server, send } = await against({ extensions: ['DSN'] })
    await send(mail(), {})
    expect(server.commands('MAIL')).toEqual(['MAIL FROM:<soc@example.com>'])
    expect(server.commands('RCPT')).toEqual(['RCPT TO:<ciso@example.com>'])
  })

  it('can be forbidden', async () => {
    const { server, send } = await against({ extensions: ['DSN'] })
    await send(asking({ notify: 'never', envelopeId: null }, 'a@example.com'), {})
    expect(server.commands('MAIL')).toEqual(['MAIL FROM:<soc@example.com> RET=HDRS'])
    expect(server.commands('RCPT')).toEqual([
      'RCPT TO:<a@example.com> NOTIFY=NEVER ORCPT=rfc822;a@example.com',
    ])
  })

  it('name a non-ASCII address in the form that every server takes (RFC 6533, section 3)', async () => {
    const { server, send } = await against({ extensions: ['DSN', 'SMTPUTF8'] })
    await send(asking({ notify: ['delay'] }, 'grüße+x😀@example.com'), {})
    expect(server.commands('RCPT')[0]).toMatch(
      /NOTIFY=DELAY ORCPT=utf-8;gr\\x\{FC\}\\x\{DF\}e\\x\{2B\}x\\x\{1F600\}@example\.com$/,
    )
  })

  it('do not name an address that is longer written so than a parameter may be (RFC 3461, section 4.2)', async () => {
    const { server, send } = await against({ extensions: ['DSN'] })
    const people = ['@e.x', '@e.xy'].map((rest) => `${'+'.repeat(163)}${rest}`)
    await send(asking({ notify: 'never' }, ...people), {})
    expect(server.commands('RCPT').map((line) => line.replace(/^.*?> /, ''))).toEqual([
      `NOTIFY=NEVER ORCPT=rfc822;${'+2B'.repeat(163)}@e.x`,
      'NOTIFY=NEVER',
    ])
  })

  it('are asked for again where recipients go in a further transaction, by their own addresses', async () => {
    const people = ['a@example.com', 'b@example.com']
    let asked = 0
    const { server, send } = await against({
      extensions: ['DSN'],
      rcpt: {
        'b@example.com': (socket) =>
          void socket.write(++asked === 1 ? '452 4.5.3 Too many\r\n' : '250 2.1.5 Ok\r\n'),
      },
    })
    expect(await send(asking({}, ...people), {})).toMatchObject({ accepted: people })
    expect(server.commands('RCPT').map((line) => line.replace(/.* /, ''))).toEqual([
      'ORCPT=rfc822;a@example.com',
      'ORCPT=rfc822;b@example.com',
      'ORCPT=rfc822;b@example.com',
    ])
  })

  it('that the server does not offer are an error before it hears of the mail', async () => {
    const { server, send } = await against({ extensions: ['XDSN', 'PIPELINING'] })
    const error = await errorOf(send(asking({}, 'a@example.com'), {}))
    expect(error).toMatchObject({
      code: 'DSN_UNSUPPORTED',
      field: 'dsn',
      temporary: false,
      report: null,
      message: `delivery status notifications cannot be had: 127.0.0.1:${server.port} does not offer them (DSN, RFC 3461); leave out dsn, or set dsn.required to false (incident-mailer raw: --dsn-optional) to send the mail without them`,
    })
    expect(server.commands('MAIL')).toEqual([])
    // Nothing is wrong with the connection.
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(server.sessions).toHaveLength(1)
  })

  it('that are not offered and not required are a warning, once for all copies, and no parameters', async () => {
    const { server, send } = await against({ extensions: [] }, { retry: {} })
    const deliveries = [delivery('one\r\n', 'a@example.com'), delivery('two\r\n', 'bcc:b@example.com')]
    const report = await send(mail({ deliveries, dsn: { ...ASKED, required: false } }), {})
    expect(report).toMatchObject({
      outcome: 'sent',
      warnings: [
        { code: 'DSN_UNSUPPORTED', message: expect.stringContaining(`127.0.0.1:${server.port} does not`) },
      ],
    })
    expect(server.commands('MAIL')[0]).toBe('MAIL FROM:<soc@example.com>')
    expect(server.commands('RCPT')[0]).toBe('RCPT TO:<a@example.com>')
  })

  it('lead past a way that has none to one that has, and the first is taken again for other mails', async () => {
    const [without, having] = [
      await startScriptedServer({}),
      await startScriptedServer({ extensions: ['DSN'] }),
    ]
    cleanup.push(without.stop, having.stop)
    const transports = [without, having].map(({ port }) => ({ transport: { host: '127.0.0.1', port } }))
    const send = deliver({ transport: { transports } })
    cleanup.push(send.close)
    expect(await send(asking({}, 'a@example.com'), {})).toMatchObject({
      outcome: 'sent',
      warnings: [{ code: 'TRANSPORT_SKIPPED', message: expect.stringContaining('(DSN, RFC 3461)') }],
    })
    expect(await send(mail(), {})).toMatchObject({ warnings: [] })
    expect([without, having].map(({ messages }) => messages.length)).toEqual([1, 1])
  })

  it('are neither asked for nor forgotten where nodemailer sends, which drops them without a word', async () => {
    const server = await startScriptedServer({})
    cleanup.push(server.stop)
    const transporter = createTransport({ host: '127.0.0.1', port: server.port, ignoreTLS: true })
    const send = deliver({ transport: transporter })
    expect(await errorOf(send(asking({}, 'a@example.com'), {}))).toMatchObject({
      code: 'DSN_UNSUPPORTED',
      message: expect.stringContaining('a transport of nodemailer does not tell whether it asked for them'),
    })
    expect(server.sessions).toEqual([])
    expect(await send(asking({ required: false }, 'a@example.com'), {})).toMatchObject({
      outcome: 'sent',
      warnings: [{ code: 'DSN_UNSUPPORTED' }],
    })
  })
})
