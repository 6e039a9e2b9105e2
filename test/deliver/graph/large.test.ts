import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { compose } from '../../../src/compose/compose.js'
import { readRawMessage } from '../../../src/compose/raw-message.js'
import { type DeliverOptions, deliver } from '../../../src/deliver/deliver.js'
import type { MailRequest, MimeMail } from '../../../src/mail.js'
import type { StageContext } from '../../../src/pipeline.js'
import { encrypt } from '../../../src/smime/encrypt.js'
import { sign } from '../../../src/smime/sign.js'
import { person, pkcs12 } from '../../certificates/certificates.js'
import { startGraph, status } from '../../peers/graph.js'
import type { DraftCall, Fault } from '../../peers/graph-mailbox.js'
import { drop, type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { errorOf, failureOf } from '../mails.js'

const cleanup: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function graph(options?: { keepsMessageIds?: boolean }) {
  const server = await startGraph(undefined, undefined, options)
  cleanup.push(server.stop)
  const send = (mail: MimeMail, context: StageContext = {}, more: DeliverOptions = {}) =>
    deliver({ transport: server.transport(), ...more })(mail, context)
  return { ...server, ...server.mailbox, send }
}

/** A file that does not shrink. */
const file = (name: string, octets: number, more: object = {}) => ({
  name,
  content: randomBytes(octets),
  ...more,
})
const MB = 1_000_000
const six = file('Übersicht – Lage.pcap', 6 * MB)

async function composed(changes: MailRequest = {}, html = '<p>Drei Konten.</p>'): Promise<MimeMail> {
  const request = {
    ...{ to: 'ciso@example.com', cc: 'Ö Team <team@example.com>', bcc: 'blind@example.com' },
    ...{ messageId: '<case-1@example.com>', inReplyTo: '<case-0@example.com>', importance: 'high' as const },
    ...{ headers: { 'X-Ticket': '2139', 'List-Id': 'incidents.example.com' }, attachments: [six] },
    ...changes,
  }
  const rendered = {
    ...{ request, subject: 'Übernommene Konten', text: 'Drei Konten.', incident: null, imageFolder: null },
    ...{ html, warnings: [], timings: {} },
  }
  return await compose({ from: 'SOC <soc@example.com>' })(rendered, {})
}

const hash = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
const named = (calls: readonly { readonly call: DraftCall }[]) => calls.map(({ call }) => call)

/** Does what was asked, and breaks off in place of the answer. */
const lostAnswer: Fault = async (request, _, does) => {
  await does()
  request.socket.destroy()
}
const lost: Fault = (request) => request.socket.destroy()

describe('a mail of more than 4 MB, to Microsoft Graph (a stand-in)', () => {
  it('goes as a draft, to which its large files come afterwards, octet by octet', async () => {
    const { sent, drafts, calls, posts, send } = await graph()
    const files = [
      six,
      file('plan.png', 3_300_000, { cid: 'plan', contentType: 'image/png' }),
      file('a; b.bin', 2_800_000),
      file('日本語.txt', 1_000),
    ]
    const html = '<p>Drei Konten: <img src="cid:plan"></p>'
    const report = await send(await composed({ attachments: files }, html))
    expect(report).toMatchObject({
      outcome: 'sent',
      accepted: ['ciso@example.com', 'team@example.com', 'blind@example.com'],
      serverResponse: '202, request 5a2b',
    })
    expect([drafts.size, posts.length, sent.length]).toEqual([0, 0, 1])
    const [mail] = sent
    const arrived = mail?.attachments.map(({ name, content }) => [name, hash(content)])
    expect(arrived?.sort()).toEqual(files.map(({ name, content }) => [name, hash(content)]).sort())
    expect(mail?.attachments.find(({ name }) => name === 'plan.png')).toMatchObject({
      ...{ contentId: 'plan', isInline: true, contentType: 'image/png' },
    })
    expect(mail?.html).toContain('<img src="cid:plan">')
    expect(named(calls)).toEqual([
      'create',
      ...['session', 'range', 'range'],
      ...['session', 'range', 'range'],
      ...['attach', 'send'],
    ])
  })

  it('is otherwise the message that compose made', async () => {
    const { sent, send } = await graph()
    await send(await composed({ attachments: [six, file('note.txt', 1_000)] }))
    const [mail] = sent
    expect(mail).toMatchObject({
      subject: 'Übernommene Konten',
      html: expect.stringContaining('<p>Drei Konten.</p>'),
      recipients: { to: ['ciso@example.com'], cc: ['team@example.com'], bcc: ['blind@example.com'] },
      internetMessageId: '<case-1@example.com>',
    })
    for (const field of ['In-Reply-To: <case-0@example.com>', 'X-Ticket: 2139', 'Importance: high'])
      expect(mail?.mime).toContain(`\r\n${field}\r\n`)
    expect(mail?.mime).toMatch(/--=_[\w-]+--\r\n$/)
    expect(mail?.mime).toContain('note.txt')
    expect(mail?.mime).not.toContain('pcap')
  })

  it('has a report that says what Exchange makes of it, and whether it keeps the Message-ID', async () => {
    const own = await graph()
    const { warnings } = await own.send(await composed())
    expect(warnings).toMatchObject([{ code: 'SENT_AS_DRAFT' }])
    expect(warnings[0]?.message).toContain('its draft has kept the Message-ID')
    expect(warnings[0]?.message).toMatch(/header fields Priority, Auto-Submitted, List-Id$/)
    const other = await graph({ keepsMessageIds: false })
    expect((await other.send(await composed())).warnings[0]?.message).toContain(
      'its draft has kept the Message-ID',
    )
    expect(other.sent[0]?.internetMessageId).toBe('<case-1@example.com>')
    const stubborn = await graph({ keepsMessageIds: false })
    stubborn.faults.rename = [status(400)]
    const report = await stubborn.send(await composed())
    expect(report.warnings[0]?.message).toContain(
      'the Message-ID of its draft is <1@exchange.example>, and not <case-1@example.com>',
    )
  })

  it('may be for blind recipients only', async () => {
    const { sent, send } = await graph()
    const report = await send(await composed({ to: '', cc: '', bcc: ['a@example.com', 'b@example.com'] }))
    expect(report.accepted).toEqual(['a@example.com', 'b@example.com'])
    expect(sent[0]?.recipients).toEqual({ to: [], cc: [], bcc: ['a@example.com', 'b@example.com'] })
  })

  it('is announced when the draft is finished and not yet sent', async () => {
    const { calls, send } = await graph()
    const before: DraftCall[] = []
    await send(await composed(), { beforeData: () => void before.push(...named(calls)) })
    expect(before).toEqual(['create', 'session', 'range', 'range'])
  })

  it('stays here where somebody is not ready for it, and its draft is deleted', async () => {
    const { mailbox, drafts, sent, send } = await graph()
    const beforeData = () => {
      throw new Error('no room')
    }
    expect((await errorOf(send(await composed(), { beforeData }))).code).toBe('TRANSPORT_FAILED')
    expect([drafts.size, sent.length]).toEqual([0, 0])
    mailbox.faults.delete = [lost]
    expect((await failureOf(send(await composed(), { beforeData }))).report.warnings).toMatchObject([
      { code: 'DRAFT_LEFT' },
    ])
  })

  it.each<[string, DraftCall, (Fault | null)[], DraftCall[]]>([
    ['fails on a range', 'range', [null, status(500)], ['range', 'range', 'state', 'range']],
    ['breaks off during a range', 'range', [lost], ['range', 'state', 'range', 'range']],
    ['breaks off when it has a range', 'range', [lostAnswer], ['range', 'state', 'range']],
    [
      'is too busy for a range',
      'range',
      [null, status(429, { 'Retry-After': '1' })],
      ['range', 'range', 'range'],
    ],
    ['is too busy for a session', 'session', [status(503)], ['session', 'range', 'range']],
    ['is too busy to send', 'send', [status(429)], ['range', 'range', 'send']],
    ['no longer takes the token', 'session', [status(401)], ['session', 'range', 'range']],
  ])('arrives whole when Graph %s', async (_, call, faults, expected) => {
    const { mailbox, drafts, sent, calls, grants, send } = await graph()
    mailbox.faults[call] = faults
    expect(await send(await composed())).toMatchObject({ outcome: 'sent' })
    expect(sent.map(({ attachments }) => attachments.map(({ content }) => hash(content)))).toEqual([
      [hash(six.content)],
    ])
    expect(named(calls).join()).toContain(expected.join())
    expect(drafts.size).toBe(0)
    const renewed = calls.some(({ headers }) => headers.authorization === 'Bearer token-2')
    expect([renewed, grants.length]).toEqual(_.includes('token') ? [true, 2] : [false, 1])
  })

  it('is not sent twice when the connection is lost after it was', async () => {
    const { mailbox, sent, calls, send } = await graph()
    mailbox.faults.send = [lostAnswer]
    const { error, report } = await failureOf(send(await composed(), {}, { retry: { delay: 1 } }))
    expect(error.code).toBe('OUTCOME_UNKNOWN')
    expect(error.message).toContain('Drafts')
    expect(report.outcome).toBe('unknown')
    expect(sent).toHaveLength(1)
    expect(named(calls)).not.toContain('delete')
  })

  it.each<[string, Fault]>([
    [
      'asks to come back when it has sent it',
      async (_, response, does) => {
        await does()
        response.writeHead(503).end()
      },
    ],
    ['no longer has the draft, which somebody may have sent by hand', status(404)],
  ])('is not called failed, and not sent again, when Graph %s', async (_, fault) => {
    const { mailbox, sent, calls, send } = await graph()
    mailbox.faults.send = [fault]
    const { error, report } = await failureOf(send(await composed(), {}, { retry: { delay: 1 } }))
    expect(error.code).toBe('OUTCOME_UNKNOWN')
    expect(error.message).toContain('Sent Items')
    expect(report.outcome).toBe('unknown')
    expect(sent.length).toBeLessThan(2)
    expect(named(calls).filter((call) => call === 'create')).toHaveLength(1)
  })

  it('may show somebody twice', async () => {
    const { sent, send } = await graph()
    const { deliveries, ...mail } = await composed({ cc: '', bcc: '' })
    const headers = [...mail.headers, { name: 'Cc', value: 'CISO@example.com' }]
    expect(await send({ ...mail, deliveries, headers })).toMatchObject({ accepted: ['ciso@example.com'] })
    expect(sent[0]?.recipients).toMatchObject({ to: ['ciso@example.com'], cc: ['CISO@example.com'] })
  })

  it.each<[string, DraftCall, Fault, string, boolean]>([
    ['may not make drafts', 'create', status(403), 'AUTHENTICATION_FAILED', false],
    ['knows no such mailbox', 'create', status(404), 'TRANSPORT_FAILED', false],
    ['does not like the message', 'create', status(400), 'RECIPIENTS_REFUSED', false],
    ['is too busy for a draft', 'create', status(429, { 'Retry-After': '600' }), 'TRANSPORT_FAILED', true],
    ['has ended the session', 'range', status(404), 'TRANSPORT_FAILED', true],
    ['no longer takes the URL', 'range', status(401), 'TRANSPORT_FAILED', true],
    [
      'has no room for so much',
      'range',
      status(400, {}, { code: 'ErrorMessageSizeExceeded' }),
      'RECIPIENTS_REFUSED',
      false,
    ],
    ['may not attach', 'session', status(403), 'AUTHENTICATION_FAILED', false],
    ['breaks off over a session', 'session', lost, 'CONNECTION_FAILED', true],
    ['has lost the last range', 'range', lostAnswer, 'CONNECTION_FAILED', true],
    [
      'wants to be left alone for long',
      'session',
      status(429, { 'Retry-After': '3600' }),
      'TRANSPORT_FAILED',
      true,
    ],
    ['does not let it send', 'send', status(403), 'AUTHENTICATION_FAILED', false],
    ['refuses to send it', 'send', status(400), 'RECIPIENTS_REFUSED', false],
  ])('is not sent when Graph %s, and no draft is left', async (_, call, fault, code, temporary) => {
    const { mailbox, drafts, sent, posts, send } = await graph()
    mailbox.faults[call] = call === 'range' ? [null, fault] : [fault]
    const { error, report } = await failureOf(send(await composed()))
    expect(error).toMatchObject({ code, temporary })
    expect(report).toMatchObject({ accepted: [], outcome: 'failed', warnings: [] })
    expect([drafts.size, sent.length, posts.length]).toEqual([0, 0, 0])
    expect(JSON.stringify([error, report])).not.toMatch(/secret-of|token-/)
    if (code === 'AUTHENTICATION_FAILED') expect(error.message).toMatch(/Mail\.(?:ReadWrite|Send)/)
  })

  it('names the permission that making drafts takes', async () => {
    const { mailbox, send } = await graph()
    mailbox.faults.create = [status(403, {}, { code: 'ErrorAccessDenied', message: 'Access is denied.' })]
    expect((await failureOf(send(await composed()))).error.message).toMatch(
      /403 ErrorAccessDenied: Access is denied\.\); .*Mail\.ReadWrite beside Mail\.Send/,
    )
  })

  it('is tried again as a whole, with a new draft, by retry', async () => {
    const { mailbox, drafts, sent, calls, send } = await graph()
    mailbox.faults.range = [null, status(404)]
    expect(await send(await composed(), {}, { retry: { delay: 1 } })).toMatchObject({ outcome: 'sent' })
    expect(named(calls).filter((call) => call === 'create')).toHaveLength(2)
    expect([drafts.size, sent.length]).toEqual([0, 1])
  })

  it('leaves no draft when it is stopped during an upload', async () => {
    const controller = new AbortController()
    const { mailbox, drafts, sent, send } = await graph()
    mailbox.faults.range = [null, () => controller.abort()]
    const { error } = await failureOf(send(await composed(), { signal: controller.signal }))
    expect(error.code).toBe('ABORTED')
    expect([drafts.size, sent.length]).toEqual([0, 0])
  })

  it.each<[string, DraftCall, Fault]>([
    ['the draft cannot be deleted', 'delete', status(500)],
    ['nobody knows whether there is one', 'create', lostAnswer],
    ['nobody knows whether there is one', 'create', status(502)],
  ])('has a report that says so when %s', async (_, call, fault) => {
    const { mailbox, send } = await graph()
    mailbox.faults.session = [status(400)]
    mailbox.faults[call] = [fault]
    const { report } = await failureOf(send(await composed()))
    expect(report).toMatchObject({ outcome: 'failed', warnings: [{ code: 'DRAFT_LEFT' }] })
  })

  it('is not sent as a draft for others than those whom it is for', async () => {
    const { mailbox, drafts, sent, send } = await graph()
    mailbox.faults.create = [
      async (_, response, does) => {
        const { status: code, json } = await does()
        response.writeHead(code).end(JSON.stringify({ ...json, bccRecipients: [] }))
      },
    ]
    expect((await failureOf(send(await composed()))).error).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('2 recipients'),
    })
    expect([drafts.size, sent.length]).toEqual([0, 0])
  })

  it.each(['http://127.0.0.2/upload', 'http://example.com/', 'file:///etc/passwd', 'x'])(
    'is uploaded to no place like %s',
    async (uploadUrl) => {
      const { mailbox, drafts, send } = await graph()
      mailbox.faults.session = [(_, response) => response.writeHead(201).end(JSON.stringify({ uploadUrl }))]
      expect((await failureOf(send(await composed()))).error.code).toBe('PROTOCOL_ERROR')
      expect(drafts.size).toBe(0)
    },
  )

  it.each(['0-', '1-', '9000000-', '-5', 'x'])(
    'is not uploaded for ever where Graph always wants to go on at %s',
    async (next) => {
      const { mailbox, calls, drafts, send } = await graph()
      const again: Fault = (_, response) =>
        response.writeHead(200).end(JSON.stringify({ nextExpectedRanges: [next] }))
      mailbox.faults.range = Array.from({ length: 20 }, () => again)
      expect((await failureOf(send(await composed()))).error.code).toBe('PROTOCOL_ERROR')
      expect(named(calls).filter((call) => call === 'range').length).toBeLessThan(5)
      expect(drafts.size).toBe(0)
    },
  )

  it('is uploaded to a URL that is a secret, also when the server repeats it', async () => {
    const { mailbox, send } = await graph()
    mailbox.faults.range = [
      (request, response) => status(403, {}, { code: 'No', message: request.url })(request, response),
    ]
    const { error, report } = await failureOf(send(await composed()))
    expect(error.message).toContain('403 No: /upload/session-1?authtoken=***')
    expect(JSON.stringify([error, report])).not.toContain('secret-of')
  })

  it('is uploaded without the token', async () => {
    const { calls, send } = await graph()
    await send(await composed())
    const ranges = calls.filter(({ call }) => call === 'range')
    expect(ranges.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })
})

describe('a mail of more than 4 MB that Exchange may not write anew', () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const soc = person('soc@example.com')
  const ciso = person('ciso@example.com')
  const toCiso = { cc: '', bcc: '' }
  const alone = () => composed(toCiso)
  const identity = { p12: pkcs12(soc, 'a passphrase'), passphrase: 'a passphrase' }

  it.each<[string, () => Promise<MimeMail>, DeliverOptions, RegExp]>([
    ['is signed', async () => sign({ identity })(await alone(), {}), {}, /signed or encrypted/],
    [
      'is encrypted',
      async () => encrypt({})(await composed({ ...toCiso, encryptionCertificates: ciso.pem }), {}),
      {},
      /signed or encrypted/,
    ],
    [
      'is signed for its domain',
      alone,
      { dkim: { domainName: 'example.com', keySelector: 'soc', privateKey } },
      /DKIM/,
    ],
    [
      'is one long text',
      async () => readRawMessage(raw('text/plain', 'x'.repeat(70))),
      {},
      /without its files/,
    ],
    [
      'has parts of another kind',
      async () =>
        readRawMessage(
          raw('multipart/mixed; boundary=b', '--b\r\nContent-Type: multipart/digest\r\n\r\n--b--'),
        ),
      {},
      /parts of a kind/,
    ],
  ])('is refused before Graph is asked where it %s', async (_, mail, options, reason) => {
    const { calls, posts, grants, send } = await graph()
    const { error, report } = await failureOf(send(await mail(), {}, options))
    expect(error.code).toBe('RECIPIENTS_REFUSED')
    expect(error.message).toMatch(reason)
    expect(report.rejected).toMatchObject([{ code: 552, enhancedCode: '5.3.4', temporary: false }])
    expect([calls.length, posts.length, grants.length]).toEqual([0, 0, 0])
  })

  it.each<[string, Script, string]>([
    ['breaks off before the data', { extensions: [], data: drop }, 'CONNECTION_FAILED'],
    ['turns the connection away for good', { greeting: '554 No' }, 'TRANSPORT_FAILED'],
  ])(
    'tells of the draft it has left also where the other of several transports %s',
    async (_, script, code) => {
      const { mailbox, transport } = await graph()
      const server = await startScriptedServer(script)
      cleanup.push(server.stop)
      mailbox.faults.session = [status(500)]
      mailbox.faults.delete = [status(500)]
      const smtp = { host: '127.0.0.1', port: server.port }
      const send = deliver({ transport: { transports: [{ transport: transport() }, { transport: smtp }] } })
      cleanup.push(send.close)
      const { error, report } = await failureOf(send(await composed(), {}))
      expect(error.code).toBe(code)
      expect(report.warnings).toMatchObject([{ code: 'DRAFT_LEFT' }])
    },
  )

  it('takes another of several transports', async () => {
    const { transport, mailbox } = await graph()
    const smtp = await startScriptedServer({ extensions: ['8BITMIME'] })
    cleanup.push(smtp.stop)
    const transports = [{ transport: transport() }, { transport: { host: '127.0.0.1', port: smtp.port } }]
    const send = deliver({ transport: { transports } })
    cleanup.push(send.close)
    expect(await send(await sign({ identity })(await alone(), {}), {})).toMatchObject({ outcome: 'sent' })
    expect([smtp.messages.length, mailbox.calls.length]).toEqual([1, 0])
    mailbox.faults.create = [lostAnswer]
    const { outcome, warnings } = await send(await alone(), {})
    expect([outcome, warnings.map(({ code }) => code)]).toEqual(['sent', ['DRAFT_LEFT', 'TRANSPORT_SKIPPED']])
    expect(smtp.messages).toHaveLength(2)
  })
})

/** A message of that type with a line again and again. */
function raw(type: string, line: string): string {
  const header = `From: soc@example.com\r\nTo: ciso@example.com\r\nContent-Type: ${type}\r\n`
  return `${header}\r\n${`${line}\r\n`.repeat(Math.ceil((4 * MB) / line.length))}`
}
