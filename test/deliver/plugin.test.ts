import { createTransport } from 'nodemailer'
import { afterEach, describe, expect, it } from 'vitest'
import { deliver } from '../../src/deliver/deliver.js'
import { messageBytes } from '../../src/mime.js'
import { drop, type Script, startScriptedServer } from '../peers/scripted-server.js'
import { errorOf, failureOf, mail, mailTo } from './mails.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

/** A transport as someone might write it, which answers as it is told. */
function transporter(answer: () => unknown) {
  const mails: Record<string, unknown>[] = []
  const sendMail = async (message: object) => {
    mails.push({ ...message })
    return await answer()
  }
  return { mails, send: deliver({ transport: { sendMail } }) }
}

describe('a Transporter', () => {
  it('gets the finished bytes and the envelope, and may read no file and no URL', async () => {
    const { mails, send } = transporter(() => ({ response: '250 Ok' }))
    const request = mail()
    const report = await send(request, {})
    const [first] = request.deliveries
    expect(mails).toMatchObject([
      {
        raw: first && (await messageBytes(request, first.entity)),
        envelope: { from: 'soc@example.com', to: ['ciso@example.com'], size: report.size },
        messageId: '<1@example.com>',
        disableFileAccess: true,
        disableUrlAccess: true,
      },
    ])
    expect(report).toMatchObject({
      outcome: 'sent',
      accepted: ['ciso@example.com'],
      serverResponse: '250 Ok',
    })
  })

  it.each([[undefined], [null], ['ok'], [{ accepted: [], rejected: [] }]])(
    'that says %j of a mail it took has it for everyone',
    async (info) => {
      expect(await transporter(() => info).send(mail(), {})).toMatchObject({
        outcome: 'sent',
        accepted: ['ciso@example.com'],
      })
    },
  )

  it('tells who was refused, and why where it knows', async () => {
    const { send } = transporter(() => ({
      accepted: [{ address: 'a@example.com' }],
      rejected: ['gone@example.com', 'full@example.com'],
      rejectedErrors: [
        Object.assign(new Error('x'), { recipient: 'gone@example.com', response: '550 5.1.1 No such user' }),
      ],
    }))
    expect(await send(mailTo('a@example.com', 'gone@example.com', 'full@example.com'), {})).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com'],
      rejected: [
        { address: 'gone@example.com', code: 550, enhancedCode: '5.1.1', temporary: false },
        { address: 'full@example.com', code: null },
      ],
    })
  })

  it('that refuses everyone fails, whether it throws or not', async () => {
    const { send } = transporter(() => ({ rejected: ['ciso@example.com'] }))
    expect((await failureOf(send(mail(), {}))).error.code).toBe('RECIPIENTS_REFUSED')
  })

  it('cannot speak to a terminal where it refuses a mail without a reply', async () => {
    const { send } = transporter(() => {
      const error = new Error('more than \u001b[2J 100\r\noctets\u202e')
      throw Object.assign(error, { code: 'EMESSAGE', command: 'MAIL FROM' })
    })
    const { error, report } = await failureOf(send(mail(), {}))
    expect(report.rejected).toMatchObject([{ code: 552, message: 'more than [2J 100 octets' }])
    expect(error.message).toContain('552 5.3.4 more than [2J 100 octets;')
  })

  it.each([
    ['takes', (response: string) => ({ response })],
    [
      'refuses',
      (response: string) => {
        throw Object.assign(new Error('Message failed'), { code: 'EMESSAGE', command: 'DATA', response })
      },
    ],
  ])('that %s a mail by a reply of two minds leaves the outcome unknown', async (_, answer) => {
    for (const reply of ['250-ok\n550 really no', '550-no\n250 ok']) {
      const { send } = transporter(() => answer(reply))
      const { error, report } = await failureOf(send(mail(), {}))
      expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', temporary: false })
      expect(report).toMatchObject({ outcome: 'unknown', accepted: [], rejected: [] })
    }
  })

  it('that fails in a way of its own is an error that says how', async () => {
    const { send } = transporter(() => {
      throw new Error('quota of the API used up')
    })
    const error = await errorOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'TRANSPORT_FAILED', stage: 'deliver', messageId: '<1@example.com>' })
    expect(error.message).toContain('quota of the API used up')
  })

  it('that is stopped by the signal may have sent the mail', async () => {
    const { send } = transporter(() => new Promise(() => {}))
    const { error, report } = await failureOf(send(mail(), { signal: AbortSignal.timeout(50) }))
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', temporary: false })
    expect(report.outcome).toBe('unknown')
  })

  it('is not closed: it is the caller’s', async () => {
    let closed = false
    const close = () => {
      closed = true
    }
    const send = deliver({ transport: { sendMail: async () => ({}), close } as never })
    await send(mail(), {})
    await send.close()
    expect(closed).toBe(false)
  })
})

describe('a Transporter of nodemailer’s own', () => {
  async function against(script: Script) {
    const server = await startScriptedServer(script)
    cleanup.push(server.stop)
    const transport = createTransport({ host: '127.0.0.1', port: server.port, ignoreTLS: true })
    return { server, send: deliver({ transport }) }
  }

  it('delivers the bytes as they are', async () => {
    const { server, send } = await against({})
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent', accepted: ['ciso@example.com'] })
    expect(server.messages[0]).toContain('All quiet.\r\n..a line with a dot\r\n')
  })

  it.each([
    ['refuses a mail', { message: '554 5.7.1 No' }, 'RECIPIENTS_REFUSED'],
    ['refuses everyone', { rcpt: { 'ciso@example.com': '452 4.2.2 Full' } }, 'RECIPIENTS_REFUSED'],
    ['turns the connection away', { greeting: '554 5.7.1 No' }, 'CONNECTION_FAILED'],
    ['goes away after the final dot', { message: drop }, 'OUTCOME_UNKNOWN'],
    // It does not tell this from the one before.
    ['goes away before it', { mail: drop }, 'OUTCOME_UNKNOWN'],
  ])('that meets a server that %s fails with the right code', async (_, script, code) => {
    const { server, send } = await against(script)
    expect((await errorOf(send(mail(), {}))).code).toBe(code)
    expect(server.messages.length).toBeLessThanOrEqual(1)
  })
})

describe('a transport plugin', () => {
  it('gets the mail as nodemailer hands it over, and everyone counts as accepted', async () => {
    let raw = ''
    const plugin = {
      name: 'test',
      version: '1',
      send(
        message: { message: { createReadStream(): NodeJS.ReadableStream } },
        done: (error: null, info: object) => void,
      ) {
        const stream = message.message.createReadStream()
        stream.on('data', (chunk) => {
          raw += chunk
        })
        stream.on('end', () => done(null, { response: 'taken' }))
      },
    }
    const request = mail()
    const report = await deliver({ transport: plugin })(request, {})
    const [first] = request.deliveries
    expect(raw).toBe(first && (await messageBytes(request, first.entity)).toString())
    expect(report).toMatchObject({ outcome: 'sent', serverResponse: 'taken' })
  })
})
