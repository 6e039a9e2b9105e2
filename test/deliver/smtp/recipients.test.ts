import { afterEach, describe, expect, it } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.js'
import { drop, type Script, startScriptedServer } from '../../peers/scripted-server.js'
import { delivery, errorOf, failureOf, mail, mailTo } from '../mails.js'

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function against(script: Script) {
  const server = await startScriptedServer(script)
  const send = deliver({ transport: { host: '127.0.0.1', port: server.port } })
  cleanup.push(server.stop, send.close)
  return { server, send }
}

const GONE = '550 5.1.1 <gone@example.com>: No such user'
const FULL = '452 4.2.2 Mailbox full'

describe.each([{ extensions: ['PIPELINING'] }, { extensions: [] }])(
  'recipients, with %j',
  ({ extensions }) => {
    it('who are all accepted make a mail that is sent', async () => {
      const { send } = await against({ extensions })
      expect(await send(mailTo('a@example.com', 'b@example.com'), {})).toMatchObject({
        messageId: '<1@example.com>',
        outcome: 'sent',
        accepted: ['a@example.com', 'b@example.com'],
        rejected: [],
        serverResponse: '250 2.0.0 Ok: queued as 4ZABCD',
        envelope: { from: 'soc@example.com', to: ['a@example.com', 'b@example.com'] },
        subject: 'Phishing wave',
        signed: false,
        encrypted: false,
      })
    })

    it('of whom some are refused make a partial one, each with a reason', async () => {
      const { server, send } = await against({
        extensions,
        rcpt: { 'gone@example.com': GONE, 'full@example.com': FULL },
      })
      const report = await send(mailTo('gone@example.com', 'a@example.com', 'full@example.com'), {})
      expect(report).toMatchObject({
        outcome: 'partial',
        accepted: ['a@example.com'],
        rejected: [
          {
            address: 'gone@example.com',
            code: 550,
            enhancedCode: '5.1.1',
            temporary: false,
            message: '<gone@example.com>: No such user',
          },
          { address: 'full@example.com', code: 452, enhancedCode: '4.2.2', temporary: true },
        ],
      })
      expect(server.messages).toHaveLength(1)
    })

    it.each([
      ['for good', GONE, GONE, false],
      ['for now', FULL, FULL, true],
      ['for good and for now', GONE, FULL, false],
      ['for now and for good', FULL, GONE, false],
    ])(
      'who are all refused %s fail, temporarily only if all of them may pass',
      async (_, one, two, temporary) => {
        const { server, send } = await against({
          extensions,
          rcpt: { 'a@example.com': one, 'b@example.com': two },
        })
        const { error, report } = await failureOf(send(mailTo('a@example.com', 'b@example.com'), {}))
        expect(error).toMatchObject({ code: 'RECIPIENTS_REFUSED', temporary })
        expect(report).toMatchObject({ outcome: 'failed', accepted: [] })
        expect(report.rejected.map(({ code }) => code)).toEqual(
          [one, two].map((reply) => Number(reply.slice(0, 3))),
        )
        expect(server.messages.join('')).toBe('')
      },
    )

    it('are all asked about where the first is one too many already', async () => {
      const { send } = await against({ extensions, rcpt: { 'a@example.com': '452 4.5.3 Too many' } })
      const report = await send(mailTo('a@example.com', 'b@example.com'), {})
      expect(report).toMatchObject({ outcome: 'partial', accepted: ['b@example.com'] })
    })

    it('who were accepted become rejected when the mail itself is refused, others keep their own reason', async () => {
      const { send } = await against({
        extensions,
        rcpt: { 'gone@example.com': GONE },
        message: '554 5.7.1 Virus found',
      })
      const { report } = await failureOf(send(mailTo('a@example.com', 'gone@example.com'), {}))
      expect(report.rejected).toMatchObject([
        { address: 'a@example.com', code: 554, enhancedCode: '5.7.1', message: 'Virus found' },
        { address: 'gone@example.com', code: 550, enhancedCode: '5.1.1' },
      ])
    })
  },
)

describe('the message of a mail that nobody was accepted for', () => {
  const messageFor = async (rcpt: Record<string, string>) => {
    const { send } = await against({ rcpt })
    return (await failureOf(send(mailTo(...Object.keys(rcpt)), {}))).error.message
  }

  it.each([
    ['550 5.1.1 No such user', 'check the address'],
    ['550 No such user', 'check the address and the sender'],
    ['550 5.1.8 Bad sender', 'check the sender'],
    ['552 5.2.2 Full', 'the mailbox is full; use another address'],
    ['552 5.3.4 Too large', 'send smaller or fewer attachments, or use a server that takes more'],
    ['552 No room', 'the mail is too large or the mailbox full'],
    ['554 5.7.1 Relay access denied', 'check the sender and transport.auth, or ask who runs the server'],
    ['530 5.7.0 Log in', 'check the sender and transport.auth'],
    ['530 5.7.0 Must issue a STARTTLS command first', 'set transport.tls: starttls'],
    ['554 No', 'ask who runs the server'],
    ['450 4.2.1 Busy', 'try again later'],
    ['452 4.3.1 Disk full', 'try again later'],
    ['452 4.5.3 Too many', 'try again later, with fewer recipients'],
    ['451 Greylisted', 'try again later'],
  ])('says what helps against %s', async (reply, advice) => {
    const message = await messageFor({ 'a@example.com': reply })
    expect(message.startsWith(`a@example.com was refused: ${reply}; ${advice}`)).toBe(true)
  })

  it('tells once what the server said of all', async () => {
    expect(await messageFor({ 'a@example.com': GONE, 'b@example.com': GONE })).toBe(
      `all 2 recipients were refused: ${GONE}; check the address`,
    )
  })

  it('tells who may be tried again, and who not, with the reply to each', async () => {
    expect(await messageFor({ 'a@example.com': '550 says no', 'b@example.com': '450 says no' })).toBe(
      'all 2 recipients were refused, a@example.com for good: 550 says no (check the address and the sender); b@example.com for now: 450 says no (try again later)',
    )
  })

  it('stays short, however many there are and however much the server says', async () => {
    const long = 'no '.repeat(150)
    const rcpt = Object.fromEntries(
      Array.from({ length: 40 }, (_, count) => [`p${count}@example.com`, `550 5.1.1 ${count} ${long}`]),
    )
    const message = await messageFor(rcpt)
    expect(message).toContain('37 more')
    expect(message.length).toBeLessThan(700)
  })
})

describe('the commands of a mail', () => {
  it.each([
    [['PIPELINING'], ['EHLO', 'MAIL', 'RCPT', 'DATA']],
    [[], ['EHLO', 'MAIL']],
  ])('go out before their replies only where the server offers %j', async (extensions, said) => {
    const before: string[] = []
    const { server, send } = await against({
      extensions,
      mail: (socket) => {
        socket.write('250 2.1.0 Ok\r\n')
        // Before that reply can be read, and after all that came with the command.
        setImmediate(() => before.push(...server.sessions.flat().map((line) => line.slice(0, 4))))
      },
    })
    expect(await send(mail(), {})).toMatchObject({ outcome: 'sent' })
    expect(before).toEqual(said)
  })
})

describe('the envelope', () => {
  it('names everyone once, whatever the case of the domain', async () => {
    const { server, send } = await against({})
    const report = await send(mailTo('a@example.com', 'a@EXAMPLE.com', 'A@example.com', 'a@example.com'), {})
    expect(server.commands('RCPT')).toEqual(['RCPT TO:<a@example.com>', 'RCPT TO:<A@example.com>'])
    expect(report.envelope.to).toEqual(['a@example.com', 'A@example.com'])
  })

  it('says how large the mail is', async () => {
    const { server, send } = await against({ extensions: ['SIZE 1000000'] })
    const report = await send(mail(), {})
    expect(server.commands('MAIL')).toEqual([`MAIL FROM:<soc@example.com> SIZE=${report.size}`])
  })

  it('is not sent for a mail that is larger than the server takes', async () => {
    const { server, send } = await against({ extensions: ['SIZE 100'] })
    const { error, report } = await failureOf(send(mail(), {}))
    expect(error).toMatchObject({ code: 'RECIPIENTS_REFUSED', temporary: false })
    expect(report.rejected).toMatchObject([{ code: 552, enhancedCode: '5.3.4', temporary: false }])
    expect(server.commands('MAIL')).toEqual([])
    expect(error.message).toBe(
      `ciso@example.com was refused: 552 5.3.4 the mail has ${report.size} octets, and 127.0.0.1:${server.port} takes 100 at most; send smaller or fewer attachments, or use a server that takes more`,
    )
  })

  it.each(['a@example.com>\r\nRCPT TO:<evil@example.com', 'a@example.com> X=<', 'a@example.com\r\nDATA'])(
    'cannot be made to carry commands: %j',
    async (address) => {
      const { server, send } = await against({})
      expect((await errorOf(send(mailTo(address), {}))).code).toBe('INVALID_ADDRESS')
      expect(server.commands('RCPT')).toEqual([])
      expect(server.commands('DATA')).toEqual([])
    },
  )

  it('without anyone is an error', async () => {
    const { server, send } = await against({})
    expect((await errorOf(send(mail({ deliveries: [] }), {}))).code).toBe('NO_RECIPIENTS')
    expect(server.sessions).toEqual([])
  })
})

describe('a non-ASCII address', () => {
  it.each([
    ['recipient', mailTo('ciso@example.com', 'grüße@example.com')],
    ['sender', mail({ sender: 'sicherheit.münchen@example.com' })],
    ['header field', mail({ headers: [{ name: 'Reply-To', value: 'grüße@example.com' }] })],
  ])('as %s needs SMTPUTF8, and without it nothing is said of the mail', async (_, request) => {
    const { server, send } = await against({ extensions: ['8BITMIME'] })
    expect(await errorOf(send(request, {}))).toMatchObject({ code: 'SMTPUTF8_UNSUPPORTED', report: null })
    expect(server.commands('MAIL')).toEqual([])
  })

  it.each([
    ['address', mailTo('grüße@example.com')],
    ['header field', mail({ headers: [{ name: 'Reply-To', value: 'grüße@example.com' }] })],
  ])(
    'as %s goes to a server that offers it, which is told so (RFC 6531, section 3.4)',
    async (_, request) => {
      const { server, send } = await against({ extensions: ['8BITMIME', 'SMTPUTF8'] })
      expect(await send(request, {})).toMatchObject({ outcome: 'sent' })
      expect(server.commands('MAIL')[0]).toContain(' SMTPUTF8')
    },
  )
})

describe('8-bit octets', () => {
  const request = () => mail({ deliveries: [delivery('Grüße\r\n', 'ciso@example.com')] })

  it('are announced', async () => {
    const { server, send } = await against({ extensions: ['8BITMIME'] })
    await send(request(), {})
    expect(server.commands('MAIL')[0]).toContain('BODY=8BITMIME')
  })

  it('do not go to a server that cannot take them', async () => {
    const { server, send } = await against({ extensions: [] })
    expect((await errorOf(send(request(), {}))).code).toBe('PROTOCOL_ERROR')
    expect(server.commands('MAIL')).toEqual([])
  })
})

describe('copies for blind-copied people', () => {
  const copies = () =>
    mail({
      deliveries: [
        delivery('for all\r\n', 'a@example.com', 'b@example.com'),
        delivery('for c, which is longer\r\n', 'bcc:c@example.com'),
        delivery('for d\r\n', 'bcc:d@example.com'),
      ],
    })

  it('travel in envelopes of their own, and the report counts the largest', async () => {
    const { server, send } = await against({})
    const report = await send(copies(), {})
    expect(server.messages.map((message) => message.split('\r\n\r\n')[1])).toEqual([
      'for all\r\n',
      'for c, which is longer\r\n',
      'for d\r\n',
    ])
    const [session] = server.sessions
    expect(session?.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([
      expect.stringMatching(/^MAIL/),
      'RCPT TO:<a@example.com>',
      'RCPT TO:<b@example.com>',
      expect.stringMatching(/^MAIL/),
      'RCPT TO:<c@example.com>',
      expect.stringMatching(/^MAIL/),
      'RCPT TO:<d@example.com>',
    ])
    expect(report).toMatchObject({ outcome: 'sent', size: server.messages[1]?.length ?? 0 })
    expect(report.serverResponse?.split('\n')).toHaveLength(3)
    expect(report.envelope.to).toEqual(['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'])
  })

  it('do not go twice to someone who stands in two of them', async () => {
    const { server, send } = await against({})
    const twice = [delivery('one\r\n', 'a@example.com'), delivery('two\r\n', 'bcc:a@example.com')]
    await send(mail({ deliveries: twice }), {})
    expect(server.messages).toHaveLength(1)
  })

  it('do not take back what was accepted when a later one is refused', async () => {
    const { send } = await against({ rcpt: { 'c@example.com': GONE } })
    const report = await send(copies(), {})
    expect(report).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com', 'b@example.com', 'd@example.com'],
      rejected: [{ address: 'c@example.com', code: 550 }],
    })
  })

  it('do not take back what was accepted when the server goes away', async () => {
    const { server, send } = await against({ rcpt: { 'c@example.com': drop } })
    const report = await send(copies(), {})
    expect(report).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com', 'b@example.com'],
      rejected: [
        { address: 'c@example.com', code: null, temporary: true },
        { address: 'd@example.com', code: null, temporary: true },
      ],
    })
    expect(server.messages).toHaveLength(1)
  })

  it('of which one has no answer are a warning beside those accepted, and its people in neither list', async () => {
    let mails = 0
    const { server, send } = await against({
      message: (socket) => (++mails === 2 ? socket.destroy() : socket.write('250 2.0.0 Ok\r\n')),
    })
    const report = await send(copies(), {})
    expect(report).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com', 'b@example.com', 'd@example.com'],
      rejected: [],
      warnings: [{ code: 'OUTCOME_UNKNOWN', message: expect.stringContaining('c@example.com') }],
    })
    expect(server.messages).toHaveLength(3)
  })

  it('of which one has no answer and none was accepted leave the outcome unknown', async () => {
    const rcpt = { 'a@example.com': GONE, 'b@example.com': GONE, 'd@example.com': FULL }
    const { send } = await against({ rcpt, message: drop })
    const { error, report } = await failureOf(send(copies(), {}))
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', temporary: false })
    expect(report.outcome).toBe('unknown')
    expect(report.rejected.map(({ address }) => address)).toEqual([
      'a@example.com',
      'b@example.com',
      'd@example.com',
    ])
  })

  it('are not begun when the time is up, and those that were accepted stay so', async () => {
    const controller = new AbortController()
    let mails = 0
    const { server, send } = await against({
      message: (socket) => {
        if (++mails === 1) return socket.write('250 2.0.0 Ok\r\n')
        controller.abort()
      },
    })
    const report = await send(copies(), { signal: controller.signal })
    expect(report).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com', 'b@example.com'],
      rejected: [{ address: 'd@example.com', temporary: true }],
      warnings: [{ code: 'OUTCOME_UNKNOWN', message: expect.stringContaining('c@example.com') }],
    })
    expect(server.messages).toHaveLength(2)
  })

  it('do not suffer from one whose address the server cannot take', async () => {
    const { send } = await against({ extensions: [] })
    const deliveries = [
      delivery('for all\r\n', 'a@example.com'),
      delivery('for ü\r\n', 'bcc:ü@example.com'),
      delivery('for d\r\n', 'bcc:d@example.com'),
    ]
    const report = await send(mail({ deliveries }), {})
    expect(report).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com', 'd@example.com'],
      rejected: [{ address: 'ü@example.com', code: null, temporary: false }],
    })
  })
})
