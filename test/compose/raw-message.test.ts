import { describe, expect, it } from 'vitest'
import { readRawMessage } from '../../src/compose/raw-message.js'
import { messageBytes } from '../../src/mime.js'

async function read(message: string | Uint8Array) {
  const mail = readRawMessage(message)
  const [delivery] = mail.deliveries
  if (!delivery) throw new Error('no delivery')
  const bytes = await messageBytes(mail, delivery.entity)
  return { mail, bytes, text: bytes.toString('latin1'), to: delivery.recipients }
}

const whole = (...header: string[]) => `${['From: soc@example.com', ...header, '', 'Hi', ''].join('\r\n')}`

describe('a raw message', () => {
  it('stays as it is, octet for octet', async () => {
    const message = Buffer.concat([
      Buffer.from(
        'Received: from a\r\n\tby b\r\nfrom:soc@example.com\r\nX-Odd :  two  blanks \r\nTo: A <a@example.com>,\r\n  b@example.com\r\nDKIM-Signature: v=1\r\nContent-Type: text/plain; charset=latin1\r\n\r\n.dot\r\nGr',
      ),
      Buffer.from([0xfc, 0xdf, 0x80, 0x0d, 0x0a, 0x0d, 0x0a]),
    ])
    const { bytes, to } = await read(message)
    expect(bytes.equals(message)).toBe(true)
    expect(to.map(({ address }) => address)).toEqual(['a@example.com', 'b@example.com'])
  })

  it.each([
    ['\n', '\r\n'],
    ['\r', '\r\n'],
    ['\r\n', '\r\n'],
  ])('gets the line end %j made CRLF', async (end, crlf) => {
    const lines = ['From: soc@example.com', 'To: a@example.com', '', 'one', '', 'two', '']
    expect((await read(lines.join(end))).text).toBe(lines.join(crlf))
  })

  it('is not copied where its lines end as they should', () => {
    const message = Buffer.from(whole('To: a@example.com'))
    const [delivery] = readRawMessage(message).deliveries
    const [chunk] = Array.from(delivery?.entity.body() as readonly Uint8Array[])
    expect(chunk?.buffer).toBe(message.buffer)
  })

  it('goes to those in To, Cc and Bcc, each once, and tells nobody of Bcc', async () => {
    const { text, to } = await read(
      whole(
        'To: a@example.com, Team: b@example.com, c@example.com;',
        'bcc : secret-one@example.com,',
        '  "Secret, Two" <secret-two@example.com>',
        'Cc: A@example.com, d@example.com',
        'BCC:',
        ' secret-three@example.com',
        'Resent-Bcc: secret-four@example.com',
        'Subject: S',
      ),
    )
    expect(to).toEqual([
      { address: 'a@example.com', kind: 'to' },
      { address: 'b@example.com', kind: 'to' },
      { address: 'c@example.com', kind: 'to' },
      { address: 'd@example.com', kind: 'cc' },
      { address: 'secret-one@example.com', kind: 'bcc' },
      { address: 'secret-two@example.com', kind: 'bcc' },
      { address: 'secret-three@example.com', kind: 'bcc' },
    ])
    expect(text.toLowerCase()).not.toContain('secret')
    expect(text.toLowerCase()).not.toContain('bcc')
  })

  it('says who sends it, what it is about and which it is', async () => {
    const { mail } = await read(
      whole(
        'To: a@example.com',
        'Subject: =?utf-8?q?Gr=C3=BC?=\r\n =?utf-8?b?w59l?= an alle',
        'Message-ID: <1@x.example>',
      ),
    )
    expect(mail).toMatchObject({
      sender: 'soc@example.com',
      subject: 'Grüße an alle',
      messageId: '<1@x.example>',
      warnings: [],
    })
    const two = readRawMessage(
      'From: a@example.com, b@example.com\nSender: b@example.com\nTo: c@example.com\n\nx',
    )
    expect(two).toMatchObject({
      sender: 'b@example.com',
      messageId: '',
      warnings: [{ code: 'NO_MESSAGE_ID' }],
    })
  })

  it('may come on one line with \\n in it, as playbooks for Splunk write it', async () => {
    // The examples of the document of Splunk's app.
    for (const end of ['', '\n', '\r\n']) {
      const plain = await read(
        `to: receiver@testdomain.com\\n from:sender@testdomain.com\\n subject: Test\\n\\nBody Text${end}`,
      )
      expect(plain.text).toBe(
        'to: receiver@testdomain.com\r\nfrom:sender@testdomain.com\r\nsubject: Test\r\n\r\nBody Text',
      )
    }
    const html = await read(
      'to: receiver@testdomain.com\\n from:sender@testdomain.com\\n Content-type: text/html\\nsubject: HTML Test\\n<html><body><h2>This is test</h2><br>This is unicode data.</body></html>',
    )
    expect(html.text).toMatch(/subject: HTML Test\r\n\r\n<html>/)
    expect(html.to).toMatchObject([{ address: 'receiver@testdomain.com' }])
    const many = await read(
      'to: receiver1@testdomain.com,receiver2@testdomain.com\\nfrom: sender@testdomain.com\\nsubject: CommaSeparated Recipients Test\\n\\nThis is test data.',
    )
    expect(many.to).toHaveLength(2)
    const dos = await read('To: a@example.com\\r\\nFrom: b@example.com\\r\\n\\r\\nx\\r\\ny')
    expect(dos.text).toBe('To: a@example.com\r\nFrom: b@example.com\r\n\r\nx\r\ny')
  })

  it('with lines of its own keeps a \\n that it says', async () => {
    expect((await read(whole('To: a@example.com').replace('Hi', 'C:\\new'))).text).toContain('C:\\new')
  })

  it.each<[string, string, string]>([
    ['a line that is no field', 'From: a@example.com\nno field\n\nx', 'line 2'],
    ['a folded line at its start', ' x\nFrom: a@example.com\n\nx', 'line 1'],
    ['nothing', '', 'no To'],
    ['a NUL', whole('To: a@example.com').replace('Hi', '\0'), 'line 4'],
    ['a line that is too long', whole('To: a@example.com').replace('Hi', 'x'.repeat(999)), 'line 4'],
  ])('with %s is refused', (_, message, where) => {
    if (message === '') expect(() => readRawMessage(message)).toThrow(/nobody in To/)
    else expect(() => readRawMessage(message)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
    if (message !== '') expect(() => readRawMessage(message)).toThrow(where)
  })

  it.each([
    ['To: nobody', 'INVALID_ADDRESS'],
    ['To: a@example.com, b@[evil', 'INVALID_ADDRESS'],
    ['Subject: S', 'NO_RECIPIENTS'],
    ['To: undisclosed-recipients:;', 'NO_RECIPIENTS'],
  ])('with %s is refused', (field, code) => {
    expect(() => readRawMessage(whole(field))).toThrow(expect.objectContaining({ code }))
  })

  it('with words that are no UTF-8 is read octet by octet (as Latin-1)', () => {
    const message = Buffer.from(whole('To: a@example.com', 'Subject: Gr\xfc\xdfe'), 'latin1')
    expect(readRawMessage(message).subject).toBe('Gr\xfc\xdfe')
  })

  it.each([[null], [7], [new ArrayBuffer(8)], [{ message: 'To: a@example.com' }]])('is no %j', (message) => {
    expect(() => readRawMessage(message as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining('Uint8Array') }),
    )
  })

  it('without a sender is refused', () => {
    expect(() => readRawMessage('To: a@example.com\n\nx')).toThrow(
      expect.objectContaining({ code: 'NO_SENDER' }),
    )
  })
})
