import { describe, expect, it } from 'vitest'
import { decodeBase64 } from '../src/decode-base64.js'

describe('decodeBase64', () => {
  it.each([
    ['', ''],
    ['QQ==', 'A'],
    ['QUI=', 'AB'],
    [' QU\r\nJD ', 'ABC'],
    ['QUJDRA==', 'ABCD'],
  ])('reads %j', (text, bytes) => {
    expect(decodeBase64(text)?.toString()).toBe(bytes)
  })

  it('passes over the bits that mean nothing (RFC 4648, section 3.5)', () => {
    expect(decodeBase64('QR==')?.toString()).toBe('A')
  })

  it.each([
    ['Q', 'a digit alone'],
    ['QQ', 'no padding'],
    ['QQ=', 'too little padding'],
    ['=', 'padding alone'],
    ['====', 'padding alone'],
    ['QQ==QUJD', 'padding in the middle'],
    ['QUJD-_-_QUJD', "the URL's alphabet"],
    ['QUJD-_-_', "the URL's alphabet at the end"],
    ['QU?DQUJD', 'a character of another kind'],
    ['QUJDQU?D', 'such a one at the end'],
    ['Q\u0155JDQUJD', 'a letter whose low octet is a digit of base64'],
  ])('refuses %j: %s', (text) => {
    expect(decodeBase64(text)).toBeNull()
  })
})
