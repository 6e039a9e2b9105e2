import { randomBytes, randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeBase64Lines, encodeChunksInBase64Lines } from '../src/base64-lines.js'

describe('base64 in lines', () => {
  it.each([0, 1, 56, 57, 58, 933_887, 933_888, 933_889, 2_000_000])('brings back %i octets', (length) => {
    const bytes = randomBytes(length)
    const encoded = encodeBase64Lines(bytes).toString('latin1')
    const lines = encoded.split('\r\n')
    expect(lines.pop()).toBe('')
    expect(lines.slice(0, -1).every((line) => line.length === 76)).toBe(true)
    expect(Buffer.from(encoded, 'base64').equals(bytes)).toBe(true)
  })

  it('does not depend on how the octets come', () => {
    for (let round = 0; round < 500; round++) {
      const chunks = Array.from({ length: randomInt(0, 6) }, () => randomBytes(randomInt(0, 200)))
      const whole = Buffer.concat(chunks)
      const encoded = encodeChunksInBase64Lines({ size: whole.length, chunks })
      expect(encoded.equals(encodeBase64Lines(whole))).toBe(true)
    }
  })
})
