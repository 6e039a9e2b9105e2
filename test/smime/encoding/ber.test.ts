import { describe, expect, it } from 'vitest'
import { octetString, octetsOf, readDer, sequence, writeDer } from '../../../src/smime/encoding/der.js'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

describe('a value', () => {
  it('keeps its bytes as they came, whatever the form of its length', () => {
    const value = readDer(hex('30 83 000004 04 81 01 61'))
    expect(value.raw).toEqual(hex('30 83 000004 04 81 01 61'))
    expect(value.children.map(({ raw }) => raw)).toEqual([hex('04 81 01 61')])
    expect(value.children[0]?.content).toEqual(Buffer.from('a'))
  })

  it('may be of indefinite length, and so may those inside it', () => {
    const value = readDer(hex('30 80  30 80 05 00 00 00  04 01 61  00 00'))
    expect(value.children.map(({ raw }) => raw)).toEqual([hex('30 80 05 00 00 00'), hex('04 01 61')])
    expect(value.content).toEqual(hex('30 80 05 00 00 00  04 01 61'))
  })

  it.each([
    ['04 02 61 62', 'ab'],
    ['24 80 04 01 61 04 00 04 01 62 00 00', 'ab'],
    ['24 06 04 01 61 04 01 62', 'ab'],
    ['24 80 24 80 04 01 61 00 00 24 03 04 01 62 24 00 00 00', 'ab'],
    ['a0 80 04 01 61 00 00', 'a'],
    ['24 00', ''],
  ])('that is a string in pieces is joined: %s', (bytes, text) => {
    expect(octetsOf(readDer(hex(bytes))).toString()).toBe(text)
  })
})

describe('what is no value', () => {
  it.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['a length that is cut off', '30 82 01'],
    ['a length beyond the end', '04 7f 61'],
    ['a length of 2^48 - 1', '04 86 ff ff ff ff ff ff'],
    ['a length in more octets than any', '04 88 00 00 00 00 00 00 00 01 61'],
    ['the reserved length', '30 ff 00'],
    ['an indefinite length of a primitive', '04 80 61 00 00'],
    ['no end of an indefinite length', '30 80 05 00'],
    ['half an end of an indefinite length', '30 80 05 00 00'],
    ['an end where nothing is open', '00 00'],
    ['a tag of several octets', '1f 81 01 00'],
    ['something behind it', '05 00 00'],
  ])('is refused: %s', (_, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(Error)
  })

  it.each([
    ['a child longer than its parent', '30 03 04 02 61'],
    ['an end in a definite one', '30 02 00 00'],
  ])('is refused inside one: %s', (_, bytes) => {
    expect(() => readDer(hex(bytes)).children).toThrow(Error)
  })

  it.each(['24 03 02 01 00', '24 05 24 82 00 00 00', '24 80 04 01 61 00 01'])(
    'is refused among the pieces of a string: %s',
    (bytes) => {
      expect(() => octetsOf(readDer(hex(bytes)))).toThrow(Error)
    },
  )
})

describe('a bomb', () => {
  it.each([
    ['indefinite', '3080'.repeat(1_000_000)],
    ['indefinite and ended', `${'3080'.repeat(500_000)}${'0000'.repeat(500_000)}`],
    ['of pieces', '2480'.repeat(1_000_000)],
  ])('of nesting is refused: %s', (_, bytes) => {
    expect(() => octetsOf(readDer(Buffer.from(bytes, 'hex')))).toThrow(Error)
  })

  it('of nesting in definite lengths is refused', () => {
    let bytes: Buffer = Buffer.from('0500', 'hex')
    for (let depth = 0; depth < 100; depth++) bytes = sequence(bytes)
    const descend = () => {
      let value = readDer(bytes)
      for (let first = value.children[0]; first; first = value.children[0]) value = first
    }
    expect(descend).toThrow(Error)
  })

  it('of values is refused, and costs nothing where nobody asks for them', () => {
    const values = writeDer(0x30, Buffer.alloc(4_000_000, '0500', 'hex'))
    const before = process.memoryUsage().heapUsed
    const value = readDer(values)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000)
    expect(() => value.children).toThrow(Error)
  })

  it.each([
    ['a known', (pieces: Buffer) => writeDer(0x24, pieces)],
    ['an indefinite', (pieces: Buffer) => Buffer.concat([hex('2480'), pieces, hex('0000')])],
  ])('of more pieces than can be meant is refused, in %s length', (_, around) => {
    const pieces = around(Buffer.alloc(2 * 10_000_001, '0400', 'hex'))
    expect(() => octetsOf(readDer(pieces))).toThrow('more pieces')
  })

  it('of pieces costs no more than they hold', () => {
    const pieces = writeDer(0x24, Buffer.alloc(6_000_000, '040161', 'hex'))
    const before = process.memoryUsage().heapUsed
    expect(octetsOf(readDer(pieces))).toHaveLength(2_000_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000)
  })
})

it('what is written is read again', () => {
  const content = Buffer.alloc(70_000, 'x')
  expect(octetsOf(readDer(octetString(content)))).toEqual(content)
})
