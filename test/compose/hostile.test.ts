import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { IncidentMailerError } from '../../src/errors.js'
import type { MailRequest } from '../../src/mail.js'
import { type Composed, composed, parseNode } from './composing.js'

let seed = 20_261_121
const random = (below: number) => {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return (seed >> 8) % below
}
const PIECES = [
  'a',
  'Z',
  ' ',
  '  ',
  '\t',
  '"',
  '\\',
  ',',
  ';',
  ':',
  '<',
  '>',
  '@',
  '(',
  ')',
  '=?',
  '?=',
  '=?utf-8?Q?=0D=0ABcc:_x?=',
  '--',
  '=_',
  '.',
  'From ',
  '%',
  "''",
  '*0*=',
  'é',
  '語',
  '👩‍💻',
  '\u202e',
  '\u200b',
  '\u2028',
  '\u0085',
  '\x1b',
  '\x7f',
  '\ud800',
  '\udc00',
  '\ufeff',
  'x'.repeat(1200),
  '語'.repeat(400),
  ' '.repeat(1100),
  '../',
  '\0',
  '\r',
  '\n',
  '\r\n',
  '\r\nBcc: x@evil.example\r\n',
]
const hostile = (longest: number, pieces = PIECES) =>
  Array.from({ length: random(longest) }, () => pieces[random(pieces.length)]).join('')
/** What gets past the check for line breaks, and so on to the wire. */
const oneLine = PIECES.filter((piece) => !/[\r\n\0]/.test(piece))

function expectWellFormed({ bytes }: Composed): void {
  const text = bytes.toString('latin1')
  expect(text).toMatch(/^[\t\r\n\x20-\x7e]*$/)
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(text.endsWith('\r\n')).toBe(true)
  const lines = text.split('\r\n')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(998)
  const header = lines.slice(0, lines.indexOf(''))
  for (const line of header) {
    expect(line).toMatch(/^(?:[\x21-\x39\x3b-\x7e]+: |[ \t]+)/)
    expect(line).toMatch(/\S/)
    if (line.includes('=?')) expect(line.length).toBeLessThanOrEqual(76)
  }
  for (const line of lines.slice(header.length)) expect(line.length).toBeLessThanOrEqual(78)
  expect(() => parseNode(bytes)).not.toThrow()
}

const fieldNames = ({ mail }: Composed) => mail.headers.map(({ name }) => name).join(' ')

describe('Whatever an attacker writes', () => {
  it('the mail keeps its shape, and its reader sees what was written', async () => {
    for (let round = 0; round < 250; round++) {
      const subject = hostile(12, oneLine)
      const fileName = hostile(8)
      const body = hostile(30)
      const result = await composed(
        {
          from: 'soc@example.com',
          headers: { 'X-Own': hostile(8, oneLine) || 'x' },
          attachments: '*',
          bcc: 'hidden@secret.example',
        },
        {
          subject,
          text: body,
          html: `<p>${body}</p>`,
          incident: {
            incident: { id: 1 },
            attachments: [{ name: fileName, content: 'eA==', contentType: hostile(3) }],
          },
        },
      )
      expectWellFormed(result)
      expect(result.bytes.toString('latin1')).not.toContain('secret.example')
      expect(fieldNames(result)).toMatch(
        /^Date From To Subject Message-ID Auto-Submitted X-Auto-Response-Suppress (?:X-Own )?MIME-Version$/,
      )
      const parsed = await PostalMime.parse(result.bytes)
      expect(parsed.bcc).toBeUndefined()
      expect(parsed.attachments).toHaveLength(1)
      expect(parsed.attachments[0]?.filename).not.toMatch(/[/\\\r\n\u202e]/)
      expect(parsed.subject?.trim() ?? '').toBe(result.mail.subject)
    }
  })

  it('a request is either refused, or well formed too', async () => {
    let refused = 0
    for (let round = 0; round < 400; round++) {
      const quotedName = hostile(5).replace(/["\\]/g, '')
      const request: MailRequest = {
        to: random(2) ? `"${quotedName}" <a@example.com>` : [`a@example.com`, hostile(4)],
        replyTo: random(4) ? [] : hostile(3),
        ...(random(4) === 0 && { messageId: hostile(3) }),
        ...(random(4) === 0 && { references: hostile(6) }),
        ...(random(4) === 0 && { inReplyTo: hostile(2) }),
        headers: {
          ...(random(3) === 0 && { To: hostile(4) }),
          ...(random(3) === 0 && { [hostile(2)]: 'x' }),
        },
        attachments: random(3) ? [] : [{ name: hostile(3), content: '', cid: hostile(2) || 'x' }],
      }
      try {
        const result = await composed(request)
        expectWellFormed(result)
        const names = result.mail.headers.map(({ name }) => name.toLowerCase())
        expect(new Set(names).size).toBe(names.length)
        expect(names).not.toContain('bcc')
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(IncidentMailerError)
        expect((thrown as IncidentMailerError).message).toMatch(/^[^\p{C}]*$/u)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(50)
    expect(refused).toBeLessThan(350)
  })

  it('is read in time that grows with its length alone', async () => {
    const units = [
      '(',
      '<',
      '"',
      '\\',
      '[',
      ':',
      ';',
      ',',
      ' ',
      '. ',
      '@',
      'cid:',
      'url( ',
      '<img src=',
      '<!--',
      '&#x',
      '=?',
    ]
    for (const unit of units) {
      const long = unit.repeat(20_000)
      const incident = { incident: { id: 1 }, attachments: [{ name: `${long}x`, content: '' }] }
      const result = await composed(
        { attachments: '*', headers: { To: `x${long}x`.replaceAll('@', ''), 'X-Own': `x${long}x` } },
        {
          subject: `${long}x`,
          text: long,
          html: `<style>${long}</style>${long}<p style="${long}">`,
          incident,
        },
      )
      expectWellFormed(result)
      for (const field of ['cc', 'replyTo', 'references', 'inReplyTo', 'messageId'] as const)
        await composed({ [field]: `x${long}x` }).catch((thrown) =>
          expect(thrown).toBeInstanceOf(IncidentMailerError),
        )
    }
  })
})
