import { describe, expect, it } from 'vitest'
import { contentOf } from '../../../src/smime/message/content-of.js'

const read = (body: string, encoding?: string) => contentOf(body, encoding)?.toString('latin1')

describe('what a body says without its transfer encoding', () => {
  it.each([
    ['no encoding', 'a =41\r\n', undefined, 'a =41\r\n'],
    ['8bit, whatever the case', 'gr\xfcn', ' 8Bit ', 'gr\xfcn'],
    ['base64 over lines', 'QWxs\r\nIHF1aWV0', 'base64', 'All quiet'],
    ['quoted-printable', 'gr=FCn=3d', 'quoted-printable', 'gr\xfcn='],
    ['a soft line break', 'All =\r\nquiet', 'quoted-printable', 'All quiet'],
    [
      'white space added at ends of lines',
      'All= \t\r\n quiet \t\r\nNow \t',
      'quoted-printable',
      'All quiet\r\nNow',
    ],
  ])('%s', (_, body, encoding, content) => {
    expect(read(body, encoding)).toBe(content)
  })

  it('nothing of an encoding that does not exist', () => {
    expect(contentOf('a', 'rot13')).toBeNull()
  })

  it('hundreds of thousands of spaces are read like anything else', () => {
    const body = `${' '.repeat(200_000)}x`
    expect(read(body, 'quoted-printable') === body).toBe(true)
  })
})
