import { describe, expect, it } from 'vitest'
import { pemIn, sectionsOf, shownIn } from './rfc-text.js'

const text = `
Table of Contents

   A.1.  A Message That Is Shown

Appendix A.  Messages

A.1.  A Message That Is
      Shown

   It has parts, and

   its contents are:

   Subject: Hello
   Content-Type: text/plain;
    charset=utf-8

   Good day.

   --
   Alice



Somebody                     Informational                      [Page 7]
\f
RFC 9999                     Messages                     January 2026


   soc@example.com

A.2.  A Key

   -----BEGIN TEST-----
   QUJD
   -----END TEST-----

Authors' Addresses

   Somebody
`

describe('the text of an RFC', () => {
  const sections = sectionsOf(text)

  it('has sections, whose titles may be folded', () => {
    const titles = sections.filter(({ number }) => number !== '').map(({ number, title }) => [number, title])
    expect(titles).toEqual([
      ['A.1', 'A Message That Is Shown'],
      ['A.2', 'A Key'],
    ])
  })

  it('shows a message across its pages, with the space that its lines have lost', () => {
    const [shown] = sections.map(shownIn).filter((message) => message !== null)
    expect(shown?.toString()).toBe(
      'Subject: Hello\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n\r\nGood day.\r\n\r\n-- \r\nAlice\r\n\r\nsoc@example.com\r\n',
    )
  })

  it('holds keys', () => {
    expect(pemIn(sections, 'A.2').bytes.toString()).toBe('ABC')
    expect(() => pemIn(sections, 'A.1')).toThrow('there is nothing armoured in section A.1')
  })
})
