import { randomBytes, randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeBase64Lines, encodeChunksInBase64Lines } from '../src/base64-lines.js'

describe('base64 in lines', () => {
  it.each([0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 933_887, 933_888, 933_889, 2_000_000])(
    "is Node's own of %i octets, with line ends",
    (length) => {
      const bytes = randomBytes(length)
      const lines = bytes.toString('base64').match(/.{1,76}/g) ?? []
      expect(encodeBase64Lines(bytes).equals(Buffer.from(lines.map((line) => `${line}\r\n`).join('')))).toBe(
        true,
      )
    },
  )

  it('does not depend on where the octets lie', () => {
    const bytes = randomBytes(1000)
    const encoded = encodeBase64Lines(bytes)
    for (let offset = 0; offset < 9; offset++) {
      const around = randomBytes(1100)
      around.set(bytes, offset)
      expect(encodeBase64Lines(around.subarray(offset, offset + 1000)).equals(encoded)).toBe(true)
    }
  })

  it('does not depend on how the octets come', () => {
    for (let round = 0; round < 500; round++) {
      const chunks = Array.from({ length: randomInt(0, 6) }, () => randomBytes(randomInt(0, 200)))
      const whole = Buffer.concat(chunks)
      const encoded = encodeChunksInBase64Lines({ size: whole.length, chunks })
      expect(encoded.equals(encodeBase64Lines(whole))).toBe(true)
    }
  })

  it.each([58, 60, 200])('never holds what was in memory before where fewer than %i octets come', (size) => {
    expect(() => encodeChunksInBase64Lines({ size, chunks: [randomBytes(56)] })).toThrow('octets')
  })
})
