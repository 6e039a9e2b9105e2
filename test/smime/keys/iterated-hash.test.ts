import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { iteratedSha1 } from '../../../src/smime/keys/iterated-sha1.js'
import { iteratedSha256 } from '../../../src/smime/keys/iterated-sha256.js'

describe.each([
  { name: 'sha1', iterated: iteratedSha1 },
  { name: 'sha256', iterated: iteratedSha256 },
])('$name, again and again', ({ name, iterated }) => {
  const hash = (bytes: Buffer) => createHash(name).update(bytes).digest()

  it('is what node:crypto makes of it, one round at a time', () => {
    let expected = hash(Buffer.from('a digest'))
    const start = expected
    for (let rounds = 0; rounds < 500; rounds++) {
      expect(iterated(start, rounds)).toEqual(expected)
      expected = hash(expected)
    }
  })

  it('is so for the digests of zeros and ones', () => {
    for (const octet of [0x00, 0xff, 0x80, 0x7f]) {
      const digest = Buffer.alloc(hash(Buffer.alloc(0)).length, octet)
      expect(iterated(digest, 3)).toEqual(hash(hash(hash(digest))))
    }
  })
})
