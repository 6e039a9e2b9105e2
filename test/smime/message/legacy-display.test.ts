import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import type { HeaderField, MimeEntity } from '../../../src/mail.js'
import { entityChunks, entityOf, joined } from '../../../src/mime.js'
import { withLegacyDisplay } from '../../../src/smime/message/legacy-display.js'

const subject: HeaderField = { name: 'Subject', value: 'Zebra' }
const field = (name: string, value: string): HeaderField => ({ name, value })

function entity(text: string): MimeEntity {
  const [head = '', ...body] = text.replaceAll('\n', '\r\n').split('\r\n\r\n')
  const headers = head.split(/\r\n(?! )/).map((line) => {
    const [name = '', value = ''] = line.split(/: (.*)/s)
    return field(name, value)
  })
  return entityOf(headers, Buffer.from(body.join('\r\n\r\n'), 'latin1'))
}

const entityBytes = async (of: MimeEntity) => await joined(entityChunks(of))
const shown = async (text: string, ...hidden: HeaderField[]) =>
  (await entityBytes(await withLegacyDisplay(entity(text), hidden))).toString('latin1')
const read = async (text: string, ...hidden: HeaderField[]) => {
  const { text: plainText = '', html: htmlText = '' } = await PostalMime.parse(await shown(text, ...hidden))
  return { text: plainText.replaceAll('\r\n', '\n'), html: htmlText }
}

const plain = (content: string, more = '') => `Content-Type: text/plain; charset=utf-8\n${more}\n${content}`
const html = (content: string) => `Content-Type: text/html; charset=utf-8\n\n${content}`
const div = (text: string) =>
  `<div class="header-protection-legacy-display"><pre style="white-space: pre-wrap">${text}</pre></div>`

describe('hidden fields at the top of a text', () => {
  it('are lines before an empty one', async () => {
    const { text } = await read(plain('All quiet.\n'), subject, field('Keywords', 'a, b'))
    expect(text).toBe('Subject: Zebra\nKeywords: a, b\n\nAll quiet.\n')
  })

  it('are marked, once, on the part that has them', async () => {
    expect(await shown(plain('All quiet.\n'), subject)).toMatch(
      /^Content-Type: text\/plain; charset=utf-8;\r\n hp-legacy-display="1"\r\nContent-Transfer-Encoding: base64\r\n\r\n/,
    )
  })

  it('are decoded and unfolded', async () => {
    const value = '=?UTF-8?Q?Gr=C3=B6=C3=9Fe_?=\r\n =?utf-8*de?b?w5xiZXI=?= =?iso-8859-1?q?=e4?= plain'
    const { text } = await read(plain('x'), field('Subject', value))
    expect(text).toBe('Subject: Größe Überä plain\n\nx')
  })

  it('cannot end their lines, whatever is encoded in them', async () => {
    const value = `=?UTF-8?B?${Buffer.from('a\r\n\r\nPay now\u2028b').toString('base64')}?=`
    const { text } = await read(plain('x'), field('Subject', value))
    expect(text).toBe('Subject: a Pay now b\n\nx')
  })

  it('come into a text of no characters, too', async () => {
    expect((await read(plain(''), subject)).text).toBe('Subject: Zebra\n\n')
  })

  it.each([
    ['quoted-printable', 'Gr=C3=BC=\n=C3=9Fe \t\n.', 'Grüße\n.'],
    ['base64', `${Buffer.from('Grüße').toString('base64')}\n`, 'Grüße'],
    ['8bit', 'Gr\u00c3\u00bc\u00c3\u009fe', 'Grüße'],
  ])('go before what is in %s', async (encoding, content, meant) => {
    const { text } = await read(plain(content, `Content-Transfer-Encoding: ${encoding}\n`), subject)
    expect(text).toBe(`Subject: Zebra\n\n${meant}`)
  })

  it('are in UTF-8 where the text was ASCII', async () => {
    const ascii = 'Content-Type: text/plain; charset="us-ascii"; format=flowed\n\nx'
    const bytes = await shown(ascii, field('Subject', '=?UTF-8?Q?=C3=B6?='))
    expect(bytes).toMatch(
      /^Content-Type: text\/plain; format=flowed;\r\n charset="utf-8";\r\n hp-legacy-display="1"/,
    )
    expect((await PostalMime.parse(bytes)).text).toContain('Subject: ö\n')
  })

  it.each(['iso-8859-1', 'utf-16', 'constructor'])(
    'stay out of a text in %s that cannot say them',
    async (charset) => {
      const text = `Content-Type: text/plain; charset=${charset}\n\nx`
      expect(await shown(text, field('Subject', '=?UTF-8?Q?=E2=82=AC?='))).not.toContain('legacy')
    },
  )
})

describe('hidden fields at the top of HTML', () => {
  it.each([
    ['<html><body class=">">Hi</body></html>', '<html><body class=">">', 'Hi</body></html>'],
    [
      '<!doctype html><html><head><title>a</title></head>Hi',
      '<!doctype html><html><head><title>a</title></head>',
      'Hi',
    ],
    ['<!doctype html>\n<p>Hi', '<!doctype html>', '\r\n<p>Hi'],
    ['<p>Hi', '', '<p>Hi'],
    ['<!-- <body> --><body>Hi', '<!-- <body> --><body>', 'Hi'],
    ['<html><!-- <body>', '<html>', '<!-- <body>'],
    ['<bodyguard><BODY\tlang=en>Hi', '<bodyguard><BODY\tlang=en>', 'Hi'],
  ])('%s', async (content, before, after) => {
    const bytes = await shown(html(content), subject)
    const decoded = Buffer.from(bytes.slice(bytes.indexOf('\r\n\r\n')), 'base64').toString()
    expect(decoded).toBe(before + div('Subject: Zebra') + after)
  })

  it('are text, whatever is in them', async () => {
    const value = '=?UTF-8?Q?</pre></div><script>alert("1")</script>&amp;\'=F0=9F=A6=93?='
      .replaceAll('<', '=3C')
      .replaceAll('>', '=3E')
    const result = await read(html('<body>Hi'), field('Subject', value))
    expect(result.html).toContain(
      div(
        'Subject: &#60;/pre&#62;&#60;/div&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;amp;&#39;&#129427;',
      ),
    )
  })

  it('are found a place in linear time', async () => {
    const nasty = `${'<!-- '.repeat(200_000)}${'<body '.repeat(200_000)}${'<html="'.repeat(100_000)}`
    const bytes = await shown(html(nasty), subject)
    expect(bytes).toContain('hp-legacy-display')
  })
})

const tree = (type: string, ...parts: string[]) =>
  `Content-Type: multipart/${type}; boundary="b-${type}"\n\npreamble\n${parts
    .map((part) => `--b-${type}\n${part}\n`)
    .join('')}--b-${type}--\n`

describe('the parts that are shown', () => {
  it('are all alternatives, below what is mixed and related', async () => {
    const mail = tree(
      'mixed',
      tree('alternative', plain('text'), tree('related', html('<body>html'), 'Content-Type: image/png\n\nx')),
      plain('an attachment', 'Content-Disposition: attachment; filename=a.txt\n'),
      plain('more text'),
    )
    const bytes = await shown(mail, subject)
    expect(bytes.match(/hp-legacy-display="1"/g)).toHaveLength(2)
    const result = await PostalMime.parse(bytes)
    expect(result.text).toContain('Subject: Zebra\r\n\r\ntext')
    expect(result.html).toContain(`<body>${div('Subject: Zebra')}html`)
    expect(bytes).toContain('\r\n\r\nmore text\r\n')
    expect(bytes).toContain('\r\n\r\nan attachment\r\n')
  })

  it.each([
    ['an attachment alone', plain('x', 'Content-Disposition: attachment\n')],
    ['a picture', 'Content-Type: image/png\n\nx'],
    ['a mail in a mail', `Content-Type: message/rfc822\n\n${plain('x')}`],
    ['a report', tree('report', plain('x'))],
    ['no boundary', 'Content-Type: multipart/mixed\n\n--\n\nx'],
    ['a boundary that is not there', 'Content-Type: multipart/mixed; boundary=b\n\nx'],
    ['an encoding that does not exist', plain('x', 'Content-Transfer-Encoding: x-rot13\n')],
  ])('are none in %s', async (_, text) => {
    expect(await shown(text, subject)).not.toContain('legacy')
  })

  it('keep every octet around them', async () => {
    const mail = tree('mixed', plain('text'), 'Content-Type: image/png\n\n--b-mixed-not\n--b-mixedtoo\n')
    const before = (await entityBytes(entity(mail))).toString('latin1')
    const after = await shown(mail, subject)
    const rest = before.slice(before.indexOf('\r\n--b-mixed\r\nContent-Type: image/png'))
    expect(after.endsWith(rest)).toBe(true)
  })

  it('may be nested as deep as anyone likes', async () => {
    let mail = plain('x')
    for (let level = 0; level < 200; level++) {
      mail = `Content-Type: multipart/mixed; boundary="b${level}b"\n\n--b${level}b\n${mail}\n--b${level}b--\n`
    }
    expect(await shown(mail, subject)).not.toContain('legacy')
  })
})

describe('a body that is not in memory', () => {
  const streaming = (text: string, size: number): MimeEntity => {
    const { headers, body } = entity(text)
    const bytes = Buffer.concat([...(body() as Iterable<Uint8Array>)])
    return {
      headers,
      body: async function* () {
        for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
      },
    }
  }

  it.each([1, 7, 100, 100_000])('comes out the same in chunks of %i', async (size) => {
    const mail = tree(
      'mixed',
      tree('alternative', plain('text'), html('<body>html')),
      'Content-Type: image/png\n\nxyz',
    )
    const result = await withLegacyDisplay(streaming(mail, size), [subject])
    for (const _ of ['opened once', 'opened again']) {
      expect((await entityBytes(result)).toString('latin1')).toBe(await shown(mail, subject))
    }
  })

  it('is read no further than its first megabytes, and stays as it is where the text goes on', async () => {
    let read = 0
    const endless: MimeEntity = {
      headers: [field('Content-Type', 'text/plain')],
      body: function* () {
        for (;;) {
          read += 1_000_000
          yield Buffer.alloc(1_000_000, 'x')
        }
      },
    }
    expect(await withLegacyDisplay(endless, [subject])).toBe(endless)
    expect(read).toBe(5_000_000)
  })
})
