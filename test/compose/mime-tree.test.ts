import { describe, expect, it } from 'vitest'
import type { MailRequest, RenderedMail } from '../../src/mail.js'
import { composed, contentOf, leaf, outline, PNG } from './composing.js'

const image = { content: PNG, cid: 'logo', name: 'logo.png' }
const file = { content: Buffer.from('x'), name: 'a.pdf' }
const shown = '<img src="cid:logo">'

describe('The tree', () => {
  const cases: [string, MailRequest, Partial<RenderedMail>][] = [
    ['text/plain', {}, {}],
    ['text/html', {}, { html: '<p>', text: ' \n' }],
    ['multipart/alternative(text/plain, text/html)', {}, { html: '<p>' }],
    ['multipart/related(text/html, image/png)', { attachments: [image] }, { html: shown, text: '' }],
    [
      'multipart/alternative(text/plain, multipart/related(text/html, image/png))',
      { attachments: [image] },
      { html: shown },
    ],
    ['multipart/mixed(text/plain, application/pdf, application/pdf)', { attachments: [file, file] }, {}],
    [
      'multipart/mixed(multipart/alternative(text/plain, multipart/related(text/html, image/png)), application/pdf)',
      { attachments: [file, image] },
      { html: shown },
    ],
  ]
  it.each(cases)('has the levels it needs, and no others: %s', async (expected, request, more) => {
    expect(outline((await composed(request, more)).tree)).toBe(expected)
  })

  it('has a boundary that is new each time and that no part can hold', async () => {
    const boundary = async () =>
      /boundary="([^"]+)"/.exec(
        (await composed({}, { html: '<p>' })).tree.headers.get('content-type') ?? '',
      )?.[1]
    const [first, second] = [await boundary(), await boundary()]
    expect(first).toMatch(/^=_[0-9a-f-]{36}$/)
    expect(first).not.toBe(second)
  })
})

describe('Text', () => {
  it.each([
    ['LF', 'a\nb', 'a\r\nb\r\n'],
    ['CR', 'a\rb\r', 'a\r\nb\r\n'],
    ['CRLF', 'a\r\nb\r\n', 'a\r\nb\r\n'],
    ['all of them', 'a\n\r\n\rb', 'a\r\n\r\n\r\nb\r\n'],
    ['lines that servers treat specially', '.\nFrom me\n..', '=2E\r\n=46rom me\r\n=2E.\r\n'],
    ['white space where a line ends', 'a \nb\t\n ', 'a=20\r\nb=09\r\n=20\r\n'],
    ['beyond ASCII', 'Grüße aus Köln', 'Gr=C3=BC=C3=9Fe aus K=C3=B6ln\r\n'],
    ['a lone surrogate', 'a \ud800 b c d e f g', 'a =EF=BF=BD b c d e f g\r\n'],
    ['nothing', '', ''],
  ])('is in quoted-printable and canonical: %s', async (_, text, body) => {
    const { tree } = await composed({}, { text })
    expect(tree.headers.get('content-transfer-encoding')).toBe('quoted-printable')
    expect(tree.body.toString()).toBe(body)
  })

  it('is in base64 where that is shorter', async () => {
    const text = 'Всем привет, это инцидент.\n'.repeat(50)
    const { tree } = await composed({}, { text })
    expect(contentOf(leaf(tree, 'text/plain')).toString()).toBe(text.replaceAll('\n', '\r\n'))
  })

  it('is never 7bit or 8bit', async () => {
    const { bytes } = await composed({ attachments: [file, image] }, { html: shown })
    expect(bytes.toString('latin1')).not.toMatch(
      /content-transfer-encoding: (?!quoted-printable\r|base64\r)/i,
    )
  })
})
