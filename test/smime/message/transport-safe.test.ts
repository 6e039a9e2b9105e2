import { describe, expect, it } from 'vitest'
import { entityOf } from '../../../src/mime.js'
import { exampleEntity, mailOf, streamed } from '../example-mail.js'
import { signed, signer } from '../signed-mail.js'

/** The mail in memory, and as a stream, wherever its chunks are cut. */
const everyWay = (body: string) => {
  const entity = entityOf(exampleEntity.headers, Buffer.from(body))
  return [entity, ...[1, 2, 3, 5].map((size) => streamed(entity, size))].map((each) => mailOf(each))
}

describe('content that a server on the way may change is not signed', () => {
  it.each([
    ['8-bit letters', 'Grüße\r\n'],
    ['a NUL', 'a\0b\r\n'],
    ['a bare LF', 'one\ntwo\r\n'],
    ['a bare LF at the start', '\ntwo\r\n'],
    ['a bare LF before a CRLF', 'one\n\r\ntwo\r\n'],
    ['a bare CR', 'one\rtwo\r\n'],
    ['a CR before a CRLF', 'one\r\r\n'],
    ['a CR at the end', 'one\r\ntwo\r'],
    ['a CR alone in the last line', 'one\r\n\r'],
    ['a line of 999 octets', `${'x'.repeat(999)}\r\n`],
    ['a last line of 999 octets', `one\r\n${'x'.repeat(999)}`],
  ])('%s', async (_, body) => {
    for (const mail of everyWay(body))
      await expect(signed(signer('rsa:2048'), {}, mail)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        stage: 'sign',
      })
  })

  it.each([
    ['a line of 998 octets', `${'x'.repeat(998)}\r\n`],
    ['a last line without its end', `one\r\n${'x'.repeat(998)}`],
    ['no body', ''],
  ])('but %s is', async (_, body) => {
    for (const mail of everyWay(body))
      expect((await signed(signer('rsa:2048'), {}, mail)).signer).not.toBeNull()
  })
})
