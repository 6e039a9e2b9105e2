import { describe, expect, it } from 'vitest'
import { readContentType, withParameter } from '../../../src/smime/message/read-content-type.js'

describe('a Content-Type', () => {
  it.each([
    [null, 'text/plain', {}],
    ['Text/HTML', 'text/html', {}],
    ['text/plain; Charset=utf-8 ; format=flowed;', 'text/plain', { charset: 'utf-8', format: 'flowed' }],
    ['multipart/mixed;\r\n\tboundary="a \\"b\\" ; c"', 'multipart/mixed', { boundary: 'a "b" ; c' }],
    ['multipart/mixed; boundary=a=b', 'multipart/mixed', { boundary: 'a=b' }],
    [
      'application/x; name*0*=utf-8\'\'a; name*1="b"',
      'application/x',
      { 'name*0*': "utf-8''a", 'name*1': 'b' },
    ],
  ])('%j says %s with %j', (value, type, parameters) => {
    expect(readContentType(value)).toEqual({
      type,
      parameters: new Map(Object.entries(parameters)),
      ambiguous: false,
    })
  })

  it.each([
    ['text', 'text/plain', {}],
    ['', 'text/plain', {}],
    ['pdf; name=a', 'text/plain', { name: 'a' }],
    ['text/html, text/plain; a=b', 'text/html', { a: 'b' }],
    ['text/html (or so); a=b', 'text/html', { a: 'b' }],
    ['multipart/mixed; boundary=a; boundary=b', 'multipart/mixed', { boundary: 'a' }],
    ['multipart/mixed; boundary="a" b; c=d', 'multipart/mixed', { boundary: 'a', c: 'd' }],
    ['multipart/mixed; nonsense; boundary="a', 'multipart/mixed', { boundary: '' }],
    ['multipart/mixed; boundary==a', 'multipart/mixed', { boundary: '=a' }],
  ])('%j may be read in more than one way', (value, type, parameters) => {
    expect(readContentType(value)).toEqual({
      type,
      parameters: new Map(Object.entries(parameters)),
      ambiguous: true,
    })
  })

  it('is read in time, whatever somebody sent', () => {
    for (const piece of [';', '; ', ';a', ';a=', ';a="', ';a="\\', '" ', ' ', ';a=b;'])
      expect(readContentType(`text/plain${piece.repeat(100_000)}`).type).toBe('text/plain')
  })
})

describe('withParameter', () => {
  it.each([
    ['text/plain', 'text/plain;\r\n hp="clear"'],
    ['text/plain; charset=utf-8; ', 'text/plain; charset=utf-8;\r\n hp="clear"'],
    ['text/plain; HP=cipher; charset=utf-8; hp="x;y"', 'text/plain; charset=utf-8;\r\n hp="clear"'],
    ['text/plain; a="hp=cipher"', 'text/plain; a="hp=cipher";\r\n hp="clear"'],
  ])('gives %j one', (value, changed) => {
    expect(withParameter(value, 'hp', 'clear')).toBe(changed)
  })
})
