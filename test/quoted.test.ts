import { describe, expect, it } from 'vitest'
import { quoted } from '../src/quoted.js'

describe('quoted', () => {
  it('puts a value in quotes', () => {
    expect(quoted('soc@example.com')).toBe('"soc@example.com"')
    expect(quoted(7)).toBe('7')
    expect(quoted(7n)).toBe('7')
    expect(quoted(undefined)).toBe('undefined')
  })

  it.each([
    ['a line break', 'a\r\nBcc: b', '"a\\r\\nBcc: b"'],
    ['an escape sequence', 'a\u001b[2Jb', '"a\\u001b[2Jb"'],
    ['a control character of the second set', 'a\u009bb', '"a\\u{9b}b"'],
    ['a change of direction', 'a\u202eb', '"a\\u{202e}b"'],
    ['a line separator', 'a\u2028b', '"a\\u{2028}b"'],
    ['half a character', 'a\ud800b', '"a\\ud800b"'],
  ])('makes %s visible', (_, value, shown) => {
    expect(quoted(value)).toBe(shown)
  })

  it('cuts what is long, and says so', () => {
    expect(quoted('x'.repeat(100_000))).toHaveLength(80)
    expect(quoted('x'.repeat(100))).toMatch(/^"x+…"$/)
    expect(quoted('x'.repeat(100), 512)).toBe(`"${'x'.repeat(100)}"`)
  })
})
