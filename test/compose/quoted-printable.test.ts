import { describe, expect, it } from 'vitest'
import { quotedPrintable, quotedPrintableSize } from '../../src/compose/quoted-printable.js'

/** A decoder that knows only what RFC 2045 says. */
function decode(encoded: string): Buffer {
  const joined = encoded.replace(/=\r\n/g, '')
  return Buffer.from(
    joined.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
}

describe('Quoted-printable', () => {
  it.each([75, 76, 77, 150, 151, 152, 153, 1000])('wraps %i characters within 76', (length) => {
    for (const unit of ['x', '=', 'é', ' x', '.', 'From ', '\t', '\0']) {
      const text = Buffer.from(unit.repeat(length))
      const encoded = quotedPrintable(text).toString('latin1')
      for (const line of encoded.split('\r\n')) {
        expect(line.length).toBeLessThanOrEqual(76)
        expect(line).toMatch(/^(?!\.|From )[\t\x20-\x7e]*(?<![ \t])$/)
      }
      expect(decode(encoded)).toEqual(text)
    }
  })

  it('brings back any bytes', () => {
    let seed = 7
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed >> 8
    }
    for (let round = 0; round < 300; round++) {
      const text = Buffer.from(Array.from({ length: random() % 400 }, () => random() % 256))
      expect(decode(quotedPrintable(text).toString('latin1'))).toEqual(text)
    }
  })

  it('tells how long it will be', () => {
    const text = Buffer.from('Größe = 1')
    expect(quotedPrintableSize(text)).toBe(quotedPrintable(text).length)
  })
})
