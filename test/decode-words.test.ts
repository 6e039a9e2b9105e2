import { describe, expect, it } from 'vitest'
import { decodeWords } from '../src/decode-words.js'

describe('decodeWords', () => {
  it.each([
    ['plain', 'No words at all', 'No words at all'],
    ['Q', '=?utf-8?q?Gr=C3=B6=c3=9Fe_und_mehr?=', 'Größe und mehr'],
    ['B', 'Re: =?UTF-8?B?R3LDvMOfZQ==?= an alle', 'Re: Grüße an alle'],
    ['another character set', '=?iso-8859-1?q?=e4?= and =?koi8-r?b?89DB0w==?=', 'ä and Спас'],
    ['a language', '=?utf-8*de?q?=C3=A4?=', 'ä'],
    [
      'white space between words, which goes',
      '=?utf-8?q?a?= \t =?utf-8?q?b?=\r\n =?utf-8?q?_c?= d',
      'ab c d',
    ],
    ['white space around words, which stays', 'a =?utf-8?q?b?=  c', 'a b  c'],
    ['a character spread over two words', '=?utf-8?q?=C3?= =?UTF-8?b?vA==?=', 'ü'],
    ['words of two character sets', '=?utf-8?q?=C3=BC?= =?iso-8859-1?q?=FC?=', 'üü'],
    ['spaces that should have been encoded', '=?utf-8?q?a b?=', 'a b'],
    ['folding', 'one\r\n two\r\n\tthree', 'one two\tthree'],
  ])('reads %s', (_, value, text) => {
    expect(decodeWords(value)).toBe(text)
  })

  it.each([
    ['an unknown character set', '=?klingon?q?a?= =?klingon?q?b?='],
    ['an unknown encoding', '=?utf-8?x?a?='],
    ['no end', '=?utf-8?q?a'],
  ])('leaves %s as it is', (_, value) => {
    expect(decodeWords(value)).toBe(value)
  })

  it('reads a word beside one that it cannot', () => {
    expect(decodeWords('=?klingon?q?a?= =?utf-8?q?=C3=BC?=')).toBe('=?klingon?q?a?=ü')
  })

  it('has an end, whatever somebody sent', () => {
    const size = 200_000
    for (const piece of ['=?', '=?a?q?', '=?a?q?b?=', '=?a?q?b?= ', ' ', '=?utf-8?q?'])
      expect(decodeWords(piece.repeat(size)).length).toBeGreaterThan(0)
  })
})
