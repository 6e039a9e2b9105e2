import { expect, it } from 'vitest'
import { replyReader } from '../../../src/deliver/smtp/reply-reader.js'

it.each([
  ['\r', false],
  ['\r\n \r\n\t', false],
  ['2', true],
  ['250-one\r\n', true],
  ['250 one\r\n', true],
])('what came is something or nothing: %j, %s', (text, isSomething) => {
  const replies = replyReader()
  expect(replies.take(Buffer.from(text))).toBe(true)
  expect(replies.any()).toBe(isSomething)
})
