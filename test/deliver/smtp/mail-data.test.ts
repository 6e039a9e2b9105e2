import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mailData } from '../../../src/deliver/smtp/mail-data.js'

function written(message: string): string {
  const pieces = [...mailData(Buffer.from(message, 'latin1'))]
  expect(pieces.map(({ isLast }) => isLast)).toEqual([...Array(pieces.length - 1).fill(false), true])
  return Buffer.concat(pieces.map(({ octets }) => octets)).toString('latin1')
}

/** What a server makes of it: the first line with a dot alone ends the mail, other dots are taken off (RFC 5321, section 4.5.2). */
function received(data: string): { message: string; left: string } {
  const lines: string[] = []
  const all = data.split('\r\n')
  for (const [index, line] of all.entries()) {
    if (line === '.') return { message: lines.join(''), left: all.slice(index + 1).join('\r\n') }
    lines.push(`${line.replace(/^\./, '')}\r\n`)
  }
  throw new Error('no end')
}

describe('a message after DATA', () => {
  it.each([
    ['ends with a dot of its own line', 'a\r\nb\r\n', 'a\r\nb\r\n.\r\n'],
    ['gets the end of its last line', 'a', 'a\r\n.\r\n'],
    ['may be empty', '', '.\r\n'],
    [
      'has its dots doubled at the start of lines, and nowhere else',
      '.a.\r\n.\r\n..b\r\n',
      '..a.\r\n..\r\n...b\r\n.\r\n',
    ],
  ])('%s', (_, message, data) => {
    expect(written(message)).toBe(data)
  })

  it.each([
    ['a\n.\nMAIL FROM:<evil@example.com>\n', 'a\r\n..\r\nMAIL FROM:<evil@example.com>\r\n.\r\n'],
    ['a\r.\rb\r', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\n.\r\nb', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r\n.\nb', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r\r\n.\r\n', 'a\r\n\r\n..\r\n.\r\n'],
    ['\n', '\r\n.\r\n'],
    ['\r', '\r\n.\r\n'],
  ])('leaves no server an end of its own to find: %j', (message, data) => {
    expect(written(message)).toBe(data)
  })

  it.each([65_534, 65_535, 65_536, 65_537, 131_072])('is whole where it is cut after %d octets', (size) => {
    const line = `${'x'.repeat(size - 2)}\r\n`
    for (const rest of ['', '.\r\n', 'y']) {
      const { message, left } = received(written(line + rest))
      expect(message === `${line}${rest}${rest === 'y' ? '\r\n' : ''}`).toBe(true)
      expect(left).toBe('')
    }
  })

  it('is copied only where it has to be: one dot in a long message does not cost another copy of it', () => {
    const long = Buffer.from(`.${'x'.repeat(70)}\r\n${`${'y'.repeat(70)}\r\n`.repeat(10_000)}`)
    const [first, ...others] = [...mailData(long)]
    expect(first?.octets.subarray(0, 3).toString()).toBe('..x')
    expect(others.length).toBeGreaterThan(5)
    for (const { octets, isLast } of others) expect(isLast || octets.buffer === long.buffer).toBe(true)
  })

  it('goes in pieces after which there is a look at what the server says: no more than 64 KiB of lines', () => {
    const pieces = [...mailData(Buffer.from(`${'x'.repeat(998)}\r\n`.repeat(300)))]
    for (const { octets, isLast } of pieces)
      expect(octets.length - (isLast ? '.\r\n'.length : 0)).toBeLessThanOrEqual(65_536)
  })

  it.each(['\r', '\n', 'x', '\r.', '.'])('is whole where it is nothing but %j', (text) => {
    const long = text.repeat(100_000)
    const lines = long.replace(/\r\n?|\n/g, '\r\n')
    const { message, left } = received(written(long))
    expect(message === (lines.endsWith('\r\n') ? lines : `${lines}\r\n`)).toBe(true)
    expect(left).toBe('')
  })

  it('comes out as it went in, line ends apart, whatever it is', () => {
    const text = fc.array(fc.constantFrom('\r', '\n', '\r\n', '.', 'a', '\xff', '..', '\r\n.\r\n'))
    fc.assert(
      fc.property(text, (parts) => {
        const message = parts.join('')
        const { message: taken, left } = received(written(message))
        const lines = message.replace(/\r\n?|\n/g, '\r\n')
        expect(taken).toBe(lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`)
        expect(left).toBe('')
      }),
    )
  })
})
