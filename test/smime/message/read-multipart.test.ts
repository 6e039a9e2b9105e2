import { expect, it } from 'vitest'
import { bytesOf } from '../../../src/smime/encoding/bytes.js'
import { readMultipart } from '../../../src/smime/message/read-multipart.js'

const partsOf = async (body: string, boundary = 'b') => {
  const { parts, closed } = await readMultipart(bytesOf(Buffer.from(body)), boundary)
  return [...parts.map((part) => part.read(0, part.length).toString()), closed]
}

it.each<[string, string, readonly (string | boolean)[]]>([
  ['at the very beginning', '--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n', ['one', 'two', true]],
  ['behind and before other text', 'hello\r\n--b\r\none\r\n--b--\r\nbye', ['one', true]],
  ['with LF alone', '\n--b\none\n--b--', ['one', true]],
  ['with nothing between', '--b\r\n--b\r\n\r\n--b--', ['', '', true]],
  ['with space behind', '--b \t\r\none\r\n--b-- \r\n', ['one', true]],
  ['that do not begin a line', '--b\r\none --b\r\nx--b--\r\n--b--', ['one --b\r\nx--b--', true]],
  ['that are the beginning of others', '--bc\r\n--b\r\none\r\n--b-c\r\n--b--', ['one\r\n--b-c', true]],
  ['of which the last is missing', '--b\r\none\r\n--b\r\ntwo', ['one', 'two', false]],
  ['of which there are none', 'one', [false]],
])('parts stand between delimiters %s', async (_, body, parts) => {
  expect(await partsOf(body)).toEqual(parts)
})

it('a multipart of very many parts is refused, and one with a boundary that nobody would choose', async () => {
  await expect(partsOf('--b\r\n'.repeat(1_100))).rejects.toThrow('parts')
  await expect(partsOf('x', '-'.repeat(251))).rejects.toThrow('boundary')
})
