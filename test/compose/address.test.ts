import { describe, expect, it } from 'vitest'
import { parseMailbox } from '../../src/compose/address.js'

describe('A mailbox', () => {
  it.each([
    ['soc@example.com', '', 'soc@example.com'],
    ['<soc@example.com>', '', 'soc@example.com'],
    ['SOC <soc@example.com>', 'SOC', 'soc@example.com'],
    ['  SOC   Team\t<soc@example.com>  ', 'SOC Team', 'soc@example.com'],
    ['"Doe, Jane" <jane@example.com>', 'Doe, Jane', 'jane@example.com'],
    ['"A \\"quoted\\" \\\\ name" <a@example.com>', 'A "quoted" \\ name', 'a@example.com'],
    ['John Q. Public <john@example.com>', 'John Q. Public', 'john@example.com'],
    ['Jörg Müller <joerg@example.com>', 'Jörg Müller', 'joerg@example.com'],
    ['Jane (on (very) call\\)) <jane@example.com> (mobile)', 'Jane', 'jane@example.com'],
    ["o'brien+tag@example.com", '', "o'brien+tag@example.com"],
    ['"john doe"@example.com', '', '"john doe"@example.com'],
    ['"john"@example.com', '', 'john@example.com'],
    ['"a@b"@example.com', '', '"a@b"@example.com'],
    ['root@localhost', '', 'root@localhost'],
    ['soc@[192.0.2.1]', '', 'soc@[192.0.2.1]'],
    ['soc@[IPv6:2001:db8::1]', '', 'soc@[IPv6:2001:db8::1]'],
    ['soc@bücher.example', '', 'soc@xn--bcher-kva.example'],
    ['用户@例え.jp', '', '用户@xn--r8jz45g.jp'],
    ['user@EXAMPLE.com', '', 'user@EXAMPLE.com'],
    [
      'reply+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA@reply.example.com',
      '',
      undefined,
    ],
  ])('is read: %s', (text, name, address) => {
    expect(parseMailbox(text)).toMatchObject({ name, address: address ?? text })
  })

  it('brings a local part to one form of its letters', () => {
    expect(parseMailbox('jo\u0308rg@example.com').local).toBe('j\u00f6rg')
  })

  it.each([
    ['nobody', 'has no "@"'],
    ['', 'has no "@"'],
    ['@example.com', 'before its "@"'],
    ['a@', 'after its "@"'],
    ['a@b@example.com', 'after its "@"'],
    ['.a@example.com', 'before its "@"'],
    ['a..b@example.com', 'before its "@"'],
    ['a.@example.com', 'before its "@"'],
    ['a b@example.com', 'before its "@"'],
    ['a@exam ple.com', 'after its "@"'],
    ['a@example.com.', 'after its "@"'],
    ['a@-example.com', 'not a domain name'],
    ['a@exa_mple.com', 'not a domain name'],
    [`a@${'x'.repeat(64)}.com`, 'not a domain name'],
    ['a@192.0.2.1', 'write [192.0.2.1]'],
    ['a@[192.0.2.999]', 'not an IP address'],
    ['a@[IPv6:zz]', 'not an IP address'],
    ['a@ex%41mple.com', 'not a domain name'],
    ['a@ü%41.example', 'not a domain name'],
    ['a@ex℀mple.com', 'not a domain name'],
    ['SOC <soc@example.com', '"<" is never closed'],
    ['SOC <soc@example.com> x', 'something follows'],
    ['SOC <a@example.com> <b@example.com>', 'something follows'],
    ['a@example.com <b@example.com>', 'quotation marks'],
    ['[SOC] <soc@example.com>', 'quotation marks'],
    ['"SOC <soc@example.com>', 'quotation mark is never closed'],
    ['SOC (x <soc@example.com>', 'comment is never closed'],
    ['<@relay.example:soc@example.com>', 'before its "@"'],
    ['soc\u202e@example.com', 'invisible'],
    ['"soc\u00a0x"@example.com', 'invisible'],
    ['""@example.com', 'invisible'],
    ['"a> b"@example.com', 'angle brackets'],
    ['<"a<b"@example.com>', 'angle brackets'],
    ['"a\r\nRCPT TO:<x@example.org>"@example.com', 'quotation mark'],
    [`${'a'.repeat(250)}@example.com`, 'longer than 254'],
  ])('is refused: %s', (text, reason) => {
    expect(() => parseMailbox(text)).toThrow(reason)
  })

  it('is refused in no time, however long it is', () => {
    for (const text of [
      '('.repeat(1e5),
      '"\\'.repeat(1e5),
      'a.'.repeat(1e5),
      `${' '.repeat(1e5)}x`,
      '<'.repeat(1e5),
    ])
      expect(() => parseMailbox(text)).toThrow()
  })
})
