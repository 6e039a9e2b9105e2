import { describe, expect, it } from 'vitest'
import { encodeBase64Lines } from '../../../src/base64-lines.js'
import { type LightMail, lighten } from '../../../src/deliver/graph/lighten.js'

/** Content that is too large by itself, and unlike that of another number. */
const content = (number: number) => Buffer.alloc(4_000_000 + number, `${number} content `)
const lines = (...text: string[]) => `${text.join('\r\n')}\r\n`
const part = (header: string[], body: string) => `${lines(...header)}\r\n${body}`
const text = part(['Content-Type: text/plain'], 'Hi.')
const attached = (name: string, number = 1, more: string[] = []) =>
  part(
    [
      'Content-Type: application/pdf',
      `Content-Disposition: attachment; ${name}`,
      ...more,
      'Content-Transfer-Encoding: base64',
    ],
    encodeBase64Lines(content(number)).toString(),
  )
const multipart = (subtype: string, boundary: string, ...parts: string[]) =>
  part(
    [`Content-Type: multipart/${subtype}; boundary="${boundary}"`],
    `Before.\r\n${parts.map((each) => `--${boundary}\r\n${each}\r\n`).join('')}--${boundary}--\r\nBehind.\r\n`,
  )
const message = (root: string) => Buffer.from(`From: soc@example.com\r\nTo: ciso@example.com\r\n${root}`)
const light = (root: string): LightMail => {
  const result = lighten(message(root))
  if ('obstacle' in result) throw new Error(result.obstacle)
  return result
}
const obstacle = (root: string) => {
  const result = lighten(message(root))
  return 'obstacle' in result ? result.obstacle : null
}

describe('files taken out of a message for Graph', () => {
  it('leave the rest octet by octet', () => {
    const whole = multipart(
      'mixed',
      'b',
      text,
      attached('filename="a.pdf"'),
      attached('filename=b.pdf', 2),
      text,
    )
    const { message: rest, files } = light(whole)
    expect(rest.toString()).toBe(message(multipart('mixed', 'b', text, text)).toString())
    expect(files.map(({ name, content: found }) => [name, found.length])).toEqual([
      ['a.pdf', 4_000_001],
      ['b.pdf', 4_000_002],
    ])
    expect(files[0]?.content.equals(content(1))).toBe(true)
  })

  it('are the largest, and as few as will do', () => {
    const small = part(
      ['Content-Disposition: attachment; filename=s', 'Content-Transfer-Encoding: base64'],
      'QUJD\r\n',
    )
    const { message: rest, files } = light(multipart('mixed', 'b', text, small, attached('filename=a.pdf')))
    expect(files.map(({ name }) => name)).toEqual(['a.pdf'])
    expect(rest.toString()).toContain('QUJD')
  })

  it('stand in the order of the message, whichever is the larger', () => {
    const whole = (...parts: string[]) => multipart('mixed', 'b', text, ...parts, text)
    const files = [attached('filename=a.pdf', 300), attached('filename=b.pdf', 9_000)]
    for (const parts of [files, files.toReversed()]) {
      const { message: rest, files: taken } = light(whole(...parts))
      expect(rest.toString()).toBe(message(whole()).toString())
      expect(taken.map(({ name }) => name)).toEqual(parts === files ? ['a.pdf', 'b.pdf'] : ['b.pdf', 'a.pdf'])
    }
  })

  it.each<[string, string]>([
    ['filename="a \\"b\\" \\\\ c.pdf"', 'a "b" \\ c.pdf'],
    ["filename*=UTF-8''%C3%9Cbersicht.pdf", 'Übersicht.pdf'],
    ["filename*0*=UTF-8''%C3%9C;\r\n filename*1*=%E2%82%AC.pdf", 'Ü€.pdf'],
    ['filename="=?UTF-8?Q?=C3=9C=5F.pdf?="', 'Ü_.pdf'],
    ['filename="Ü.pdf"', 'Ü.pdf'],
  ])('are called by %s', (parameter, name) => {
    expect(light(multipart('mixed', 'b', text, attached(parameter))).files).toMatchObject([{ name }])
  })

  it('are images too that stand beside HTML and have a Content-ID', () => {
    const image = attached('filename=i.png', 1, ['Content-ID: <i@example.com>'])
    const inline = multipart('alternative', 'a', text, multipart('related', 'r', text, image))
    expect(light(multipart('mixed', 'm', inline, text)).files).toMatchObject([
      { name: 'i.png', contentId: 'i@example.com', isInline: true },
    ])
    expect(obstacle(multipart('related', 'r', text, attached('filename=i.png')))).toContain(
      'without its files',
    )
  })

  it('are found by their own boundary, and not by one that begins like it', () => {
    const inner = multipart('mixed', 'bb', text, attached('filename=a.pdf'))
    const { message: rest } = light(multipart('mixed', 'b', inner, text))
    expect(rest.toString()).toBe(
      message(multipart('mixed', 'b', multipart('mixed', 'bb', text), text)).toString(),
    )
  })

  it.each<[string, string]>([
    ['are the first part', multipart('mixed', 'b', attached('filename=a.pdf'), text)],
    ['are an alternative', multipart('alternative', 'b', text, attached('filename=a.pdf'))],
    [
      'are shown in the mail',
      multipart('mixed', 'b', text, attached('filename=a.pdf').replace('attachment;', 'inline;')),
    ],
    [
      'are only text that looks like base64',
      multipart('mixed', 'b', text, attached('filename=a.pdf').replace('Encoding: base64', 'Encoding: 7bit')),
    ],
    ['have no name', multipart('mixed', 'b', text, attached('x=y'))],
    [
      'are written as not every reader reads it',
      multipart('mixed', 'b', text, attached('filename=a.pdf').replace('IGNv', 'IG*Nv')),
    ],
    [
      'are mails',
      multipart('mixed', 'b', text, attached('filename=a.eml').replace('application/pdf', 'message/rfc822')),
    ],
    ['are all there is', attached('filename=a.pdf')],
  ])('are none that %s', (_, root) => {
    expect(obstacle(root)).toBe('is too large even without its files')
  })

  it.each<[string, string]>([
    ['that does not end', multipart('mixed', 'b', text, attached('filename=a.pdf')).split('--b--')[0] ?? ''],
    [
      'without a boundary',
      multipart('mixed', 'b', text, attached('filename=a.pdf')).replace('boundary=', 'x='),
    ],
    [
      'with a signed part',
      multipart('mixed', 'b', multipart('signed', 's', text), attached('filename=a.pdf')),
    ],
    [
      'with a part that should have parts and has none',
      multipart('mixed', 'b', multipart('mixed', 'c'), attached('filename=a.pdf')),
    ],
    [
      'with two types of one part',
      multipart('mixed', 'b', text, attached('filename=a.pdf', 1, ['Content-Type: text/html'])),
    ],
    [
      'deeper than anybody writes',
      Array.from({ length: 30 }).reduce<string>(
        (inside, _, index) => multipart('mixed', `b${index}`, inside),
        multipart('mixed', 'b', text, attached('filename=a.pdf')),
      ),
    ],
  ])('are not looked for in a tree %s', (_, root) => {
    expect(obstacle(root)).toContain('parts of a kind')
  })

  it.each<[string, string]>([
    ['beside one another', '--b\r\n\r\n'.repeat(3_000_000)],
    [
      'within one another',
      Array.from({ length: 2_000 }, () => multipart('mixed', 'c', '\r\n'.repeat(2), '\r\n'))
        .join('\r\n--b\r\n')
        .repeat(20),
    ],
  ])('are not looked for among a great many parts %s', (_, parts) => {
    expect(
      obstacle(`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${parts}\r\n--b--\r\n`),
    ).toContain('so many')
  })

  it.each([
    'multipart/signed; boundary=b; protocol="application/pkcs7-signature"',
    'Multipart/Encrypted; boundary=b',
    'application/pkcs7-mime; smime-type=enveloped-data',
    'application/x-pkcs7-mime',
  ])('are left in %s', (type) => {
    const root = multipart('mixed', 'b', text, attached('filename=a.pdf')).replace(
      /^.*/,
      `Content-Type: ${type}`,
    )
    expect(obstacle(root)).toContain('is signed or encrypted')
  })

  it('are left in what is signed for its domain', () => {
    const root = multipart('mixed', 'b', text, attached('filename=a.pdf'))
    expect(obstacle(`DKIM-Signature: v=1\r\n${root}`)).toContain('DKIM')
  })
})
