import { expect, it } from 'vitest'
import { bytesOf } from '../../../src/smime/encoding/bytes.js'
import { memory } from '../../../src/smime/encoding/workspace.js'
import { contentOf } from '../../../src/smime/message/content-of.js'
import { decodedBody } from '../../../src/smime/message/decoded-body.js'
import { readEntity } from '../../../src/smime/message/read-entity.js'
import { randomFrom } from '../reading/mutations.js'
import { chopped } from './chopped.js'

const decoded = async (body: Buffer, encoding: string, size: number) => {
  const header = bytesOf(Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`))
  const entity = { ...readEntity(header), body: chopped(body, size) }
  const bytes = await decodedBody(entity, memory)
  return bytes.read(0, bytes.length).toString('latin1')
}

/** Texts of what turns a decoder one way or the other. */
const random = randomFrom(3)
const texts = (pieces: readonly string[]) =>
  Array.from({ length: 300 }, () =>
    Array.from({ length: random(60) }, () => pieces[random(pieces.length)]).join(''),
  )

it.each([
  ['base64', ['A', 'b', '9', '+', '/', '-', '_', 'QUJD', '\r\n', '\n', ' ', '!', '\0', 'é']],
  ['base64', ['A', 'b', 'QUJD', '\r\n', '=']],
  ['quoted-printable', ['a', '4', '1', '=', '=41', '=\r\n', '=\n', '\r\n', '\n', ' ', '\t', 'é', '\r']],
] as const)('%s that comes in pieces of any size is what it is in one', async (encoding, pieces) => {
  for (const text of texts(pieces)) {
    const body = Buffer.from(text, 'latin1')
    const whole = contentOf(text, encoding)?.toString('latin1')
    for (const size of [1, 2, 3, 5, 8, 1000]) expect(await decoded(body, encoding, size)).toBe(whole)
  }
})

it('a line of quoted-printable that does not end is refused, and does not fill the memory', async () => {
  const endless = Buffer.alloc(3 * 1024 * 1024, '=\r\n')
  await expect(decoded(endless, 'quoted-printable', 256 * 1024)).rejects.toThrow('longer than can be meant')
})

it.each(['7bit', '8bit', 'binary', 'no-such-encoding'])('%s is left as it is', async (encoding) => {
  expect(await decoded(Buffer.from('=41QUJD\r\n'), encoding, 2)).toBe('=41QUJD\r\n')
})
