import { describe, expect, it } from 'vitest'
import { parseAddressList, parseSingleAddress } from '../../src/compose/address-list.js'
import { IncidentMailerError } from '../../src/errors.js'

const addresses = (list: string | string[]) => parseAddressList(list, 'to').map(({ address }) => address)
const refusal = (list: string | string[]) => {
  try {
    parseAddressList(list, 'to')
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) return thrown
  }
  throw new Error('nothing was thrown')
}

describe('A list of addresses', () => {
  it.each([
    ['a@example.com, b@example.com', ['a@example.com', 'b@example.com']],
    ['"Doe, Jane" <a@example.com>,b@example.com', ['a@example.com', 'b@example.com']],
    ['Jane (one, (two, three)) <a@example.com>, b@example.com', ['a@example.com', 'b@example.com']],
    ['"a,b"@example.com, <"c,d"@example.com>', ['"a,b"@example.com', '"c,d"@example.com']],
    [', a@example.com,, b@example.com, ', ['a@example.com', 'b@example.com']],
    [
      'SOC: a@example.com, "B: x" <b@example.com>;, c@example.com',
      ['a@example.com', 'b@example.com', 'c@example.com'],
    ],
    ['undisclosed-recipients:;', []],
    ['soc@[IPv6:2001:db8::1], a@example.com', ['soc@[IPv6:2001:db8::1]', 'a@example.com']],
    ['', []],
    [
      ['a@example.com', 'b@example.com, c@example.com'],
      ['a@example.com', 'b@example.com', 'c@example.com'],
    ],
  ])('is read: %s', (list, expected) => {
    expect(addresses(list)).toEqual(expected)
  })

  it('names the field and the address that is wrong', () => {
    const error = refusal(['a@example.com', 'b@example.com, nobody'])
    expect(error).toMatchObject({ code: 'INVALID_ADDRESS', field: 'to[1]' })
    expect(error.message).toBe('to[1]: "nobody" is not a mail address: it has no "@"')
  })

  it.each([
    ['a@example.com; b@example.com', 'separated by commas'],
    ['SOC: a@example.com', 'never closed with a semicolon'],
    ['Doe, Jane <jane@example.com>', '"Doe" is not a mail address'],
    ['<a@example.com, b@example.com>', 'not a mail address'],
    ['"a@example.com, b@example.com', 'never closed'],
  ])('is refused: %s', (list, reason) => {
    expect(refusal(list).message).toContain(reason)
  })

  it.each([
    'a@example.com\r\nBcc: x@evil.example',
    'a@example.com\n',
    'a\0@example.com',
    'x\r <a@example.com>',
  ])('never holds a line break or NUL', (text) =>
    expect(refusal(text)).toMatchObject({ code: 'HEADER_INJECTION', field: 'to' }),
  )

  it('shows what is wrong without letting it act on a terminal', () => {
    const { message } = refusal(`\u001b[2J\u202e${'x'.repeat(500)}`)
    expect(message).toMatch(/^[\x20-\x7e…]+$/)
    expect(message.length).toBeLessThan(200)
  })

  it('is one address where a field holds one', () => {
    expect(parseSingleAddress('SOC <a@example.com>', 'from')).toMatchObject({ address: 'a@example.com' })
    expect(parseSingleAddress(' ', 'from')).toBeNull()
    expect(() => parseSingleAddress('a@example.com, b@example.com', 'from')).toThrow('has to be one address')
  })
})
