import { expect, it } from 'vitest'
import { joined } from '../../../src/mime.js'
import { hasBareLineFeed, withCrlf } from '../../../src/smime/message/line-ends.js'
import { chopped } from './chopped.js'

it.each([
  ['', '', false],
  ['a\r\nb\r\n', 'a\r\nb\r\n', false],
  ['a\nb\r\n', 'a\r\nb\r\n', true],
  ['\n\n', '\r\n\r\n', true],
  ['a\r\r\nb\rc', 'a\r\r\nb\rc', false],
  ['\r\n\na', '\r\n\r\na', true],
])('the lines of %j are ended by CRLF, in whatever pieces they come', async (text, mended, isBare) => {
  for (const size of [1, 2, 3, 100]) {
    const content = chopped(Buffer.from(text), size)
    expect((await joined(withCrlf(content))).toString()).toBe(mended)
    expect(await hasBareLineFeed(content)).toBe(isBare)
  }
})
