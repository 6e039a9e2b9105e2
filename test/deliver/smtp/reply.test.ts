import { describe, expect, it } from 'vitest'
import {
  isTemporary,
  parseOffered,
  parseReply,
  replyCode,
  wantsTls,
} from '../../../src/deliver/smtp/reply.js'

describe('a reply', () => {
  it('has the enhanced code of its first line that has one', () => {
    const reply = '550-5.1.1 No such user\r\n550-here\r\n550 5.7.1 Go away'
    expect(parseReply(reply)).toEqual({
      code: 550,
      enhancedCode: '5.1.1',
      text: 'No such user here Go away',
    })
  })

  it.each([
    ['250-yes\r\n550 no', null],
    ['250-yes\r\nperhaps', null],
    ['650 what', null],
    ['2500 what', null],
    ['250-yes\r\n250 yes', 250],
    ['250', 250],
  ])('%j has the code %j', (reply, code) => {
    expect(replyCode(reply)).toBe(code)
  })

  it.each([
    ['250 2.0.0 Ok', false],
    ['354 Go ahead', false],
    ['421 4.3.2 Later', true],
    ['550 5.1.1 No', false],
    ['nonsense', false],
  ])('%j refuses for now: %s', (reply, temporary) => {
    expect(isTemporary(reply)).toBe(temporary)
  })

  it.each([
    [538, 'Encryption required', true],
    [530, 'Must issue a STARTTLS command first', true],
    [530, '5.7.0 Authentication required', false],
    [535, 'STARTTLS is no password', false],
  ])('of %i %s asks for TLS: %s', (code, text, asks) => {
    expect(wantsTls(code, text)).toBe(asks)
  })
})

describe('an offer', () => {
  it.each([
    ['SIZE 1000', 1000],
    ['size 1000', 1000],
    ['SIZE 0', null],
    ['SIZE', null],
    ['SIZE many', null],
    ['XSIZE 1000', null],
  ])('of %s limits a mail to %j octets (RFC 1870, section 3)', (line, maximumSize) => {
    expect(parseOffered(`250-mail.example.com\r\n250 ${line}`)).toMatchObject({ maximumSize })
  })

  it('is what follows the name of the server, in upper case', () => {
    expect(parseOffered('250-pipelining\r\n250-Dsn\r\n250 auth=plain login')).toEqual({
      extensions: ['DSN', 'AUTH'],
      mechanisms: ['PLAIN', 'LOGIN'],
      maximumSize: null,
    })
  })
})
