import { describe, expect, it } from 'vitest'
import { formatJson, parseJson } from '../src/json.js'

describe('parseJson', () => {
  it('parses what JSON.parse does, with or without a byte order mark', () => {
    expect(parseJson('{"a":[1,-2.5e3,true,null,"\\u00e9\\n"]}')).toEqual({ a: [1, -2500, true, null, 'é\n'] })
    expect(parseJson('\uFEFF{"a":1}')).toEqual({ a: 1 })
  })

  it.each([
    ['', 'line 1, column 1: expected a value, but the text ends here'],
    ['{\n  "to": "a"\n  "cc": "b"\n}', 'line 3, column 3: expected "," or "}"'],
    ['{\n  "to": "a",\n}', 'line 3, column 1: expected a key in double quotes'],
    ['[1, 2,]', 'line 1, column 7: expected a value'],
    ['[1 2]', 'line 1, column 4: expected "," or "]"'],
    ["{'to': 1}", 'line 1, column 2: expected a key in double quotes or "}"'],
    ['{"to" "a"}', 'line 1, column 7: expected ":"'],
    ['{"to": }', 'line 1, column 8: expected a value'],
    ['{"to": "a"', 'line 1, column 11: expected "," or "}", but the text ends here'],
    ['{"a": 1}\n{"a": 2}', 'line 2, column 1: expected nothing more'],
    ['{"a": [1}', 'line 1, column 9: expected "," or "]"'],
    ['{"a": 01}', 'line 1, column 7: expected a value'],
    ['{"a": nul}', 'line 1, column 7: expected a value'],
    ['{"a": True}', 'line 1, column 7: expected a value'],
    ['\uFEFF{"a" 1}', 'line 1, column 6: expected ":"'],
  ])('says where %j goes wrong', (text, message) => {
    expect(() => parseJson(text)).toThrow(new SyntaxError(message))
  })

  it('points at the string that holds a raw line break or a stray backslash', () => {
    expect(() => parseJson('{\n"a": "one\ntwo"}')).toThrow(/^line 2, column 6: this string/)
    expect(() => parseJson('{"a": "C:\\soc"}')).toThrow(/^line 1, column 7: this string/)
  })

  it.each([
    ['{"to": "a", "to": "b"}', 'line 1, column 13: the key "to" is there twice; keep one of them'],
    ['{\n "a": [{"b": 1,\n "b": 2}]}', 'line 3, column 2: the key "b" is there twice; keep one of them'],
    ['{"\\u0074o": 1, "to": 2}', 'line 1, column 16: the key "to" is there twice; keep one of them'],
    ['\uFEFF{"": 1,\n"": 1}', 'line 2, column 1: the key "" is there twice; keep one of them'],
  ])('refuses a key that is there twice, of which one would win in silence: %j', (text, message) => {
    expect(() => parseJson(text)).toThrow(new SyntaxError(message))
  })

  it('takes the same key in different objects, and what looks like a key and is none', () => {
    for (const text of [
      '{"a": {"a": ["a", "a"]}, "b": {"a": "a"}, "c": [{"a": 1}, {"a": 1}]}',
      '{"__proto__": 1, "constructor": 2, "toString": 3}',
    ]) {
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }
  })

  it('writes no control characters of such a key, and no long one', () => {
    const key = `\\u001b[2J\\u202e${'x'.repeat(5000)}`
    expect(() => parseJson(`{"${key}": 1, "${key}": 2}`)).toThrow(/^[^\p{Cc}\p{Bidi_Control}]{1,200}$/u)
  })

  it('never quotes the text', () => {
    expect(() => parseJson('{"pass": hunter2}')).toThrow(/^(?!.*hunter2)/)
    expect(() => parseJson('hunter2')).toThrow(/^(?!.*hunter2)/)
  })

  it('copes with large and deep input', () => {
    expect(() => parseJson(`{"a": "${'x'.repeat(20_000_000)}", }`)).toThrow(/expected a key/)
    expect(() => parseJson('['.repeat(1_000_000))).toThrow(
      /^line 1, column 1000001: expected a value or "\]"/,
    )
    const escapes = '\\n\\"\\\\'.repeat(2_000_000)
    const large = Object(parseJson(`{"a": "${escapes}", "b": ${'['.repeat(1000)}{}${']'.repeat(1000)}}`))
    expect(large.a).toHaveLength(6_000_000)
    expect(JSON.stringify(large.b)).toHaveLength(2002)
    expect(() => parseJson(`{"a": "${escapes}", "a": 1}`)).toThrow(/the key "a" is there twice/)
  })
})

describe('formatJson', () => {
  it('writes JSON that says the same, without what a terminal would obey', () => {
    const value = { a: ['\u001b[2J', '\u009b2J', '\u202egnp.exe', 'é 😀\n', '\u2028'] }
    for (const indent of [undefined, 2]) {
      const text = formatJson(value, indent)
      expect(JSON.parse(text)).toEqual(value)
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
    }
  })
})
