import { describe, expect, it } from 'vitest'
import { verify } from '../../../src/smime/index.js'
import { alice, bob, codesOf, encryptedFor, identityOf, messageOf, signedBy, trust } from './messages.js'

const outer = (fields: string) => `${fields}MIME-Version: 1.0\r\n`
const own = (subject: string) =>
  `From: Alice <alice@example.com>\r\nTo: bob@example.com\r\nSubject: ${subject}\r\n`
const payload = (fields: string, parameters: string) =>
  `${fields}Content-Type: text/plain; charset=utf-8${parameters}\r\n\r\nAll is quiet.\r\n`

const read = (message: Buffer) => verify(message, { trust: trust(), identity: identityOf(bob()) })
const field = ({ headers }: Awaited<ReturnType<typeof read>>, wanted: string) =>
  headers.filter(({ name }) => name === wanted)

describe('header fields in a signed message (RFC 9788)', () => {
  const signed = signedBy.bind(null, [alice()])
  const content = payload(own('Real'), '; hp="clear"')

  it('are signed, and what stands outside does not matter', async () => {
    const result = await read(messageOf(signed(content), outer(own('Real'))))
    expect(codesOf(result)).toEqual([])
    expect(field(result, 'Subject')).toEqual([
      { name: 'Subject', value: 'Real', coverage: 'signed', outside: null },
    ])
  })

  it('are told where outside stands something else', async () => {
    const result = await read(messageOf(signed(content), outer(own('Pay now'))))
    expect(result.status).toBe('verified')
    expect(field(result, 'Subject')).toEqual([
      { name: 'Subject', value: 'Real', coverage: 'signed', outside: 'Pay now' },
    ])
    expect(result.reasons.map(({ code }) => code)).toEqual(['HEADER_CHANGED'])
  })

  it('that were added on the way are not protected', async () => {
    const result = await read(
      messageOf(signed(content), `Reply-To: mallory@example.net\r\n${outer(own('Real'))}`),
    )
    expect(field(result, 'Reply-To')).toEqual([
      { name: 'Reply-To', value: 'mallory@example.net', coverage: 'none', outside: null },
    ])
  })

  it('decide who it is from', async () => {
    const forged = own('Real').replace('alice@example.com', 'mallory@example.net')
    // Somebody else outside: what counts was signed.
    expect(await read(messageOf(signed(content), outer(forged)))).toMatchObject({
      status: 'verified',
      from: [{ address: 'alice@example.com' }],
      reasons: [{ code: 'HEADER_CHANGED' }],
    })
    // Alice outside, somebody else inside.
    const inside = messageOf(signed(payload(forged, '; hp="clear"')), outer(own('Real')))
    expect(codesOf(await read(inside))).toEqual(['FROM_MISMATCH'])
    const twice = messageOf(
      signed(payload(`${own('Real')}From: bob@example.com\r\n`, '; hp="clear"')),
      outer(own('Real')),
    )
    expect(codesOf(await read(twice))).toEqual(['FROM_DOUBLED'])
  })

  it('are not protected without the parameter', async () => {
    const result = await read(messageOf(signed(payload(own('Inner'), '')), outer(own('Outer'))))
    expect(field(result, 'Subject')).toEqual([
      { name: 'Subject', value: 'Outer', coverage: 'none', outside: null },
    ])
  })

  it('are not protected by a parameter that nobody signed', async () => {
    const result = await read(Buffer.from(payload(own('Real'), '; hp="clear"')))
    expect(result.status).toBe('unsigned')
    expect(result.headers.map(({ coverage }) => coverage)).toEqual(['none', 'none', 'none'])
  })
})

describe('header fields of a whole message inside (RFC 8551, section 3.1)', () => {
  // The older way to protect them, and just what it looks like to forward what somebody made up.
  const inside = `Content-Type: message/rfc822\r\n\r\n${payload(own('Pay Mallory'), '')}`

  it.each<[string, Buffer, string]>([
    ['signed', signedBy([alice()], inside), 'signed'],
    ['encrypted', encryptedFor([bob()], signedBy([alice()], inside)), 'signed and encrypted'],
  ])('are not those of the message around it, which says so: %s', async (_, entity, coverage) => {
    const result = await read(messageOf(entity, outer(own('Fwd: this came today'))))
    expect(result.status).toBe('verified')
    expect(result.reasons).toContainEqual(
      expect.objectContaining({ code: 'MESSAGE_INSIDE', effect: 'noted' }),
    )
    expect(field(result, 'Subject')).toEqual([
      { name: 'Subject', value: 'Fwd: this came today', coverage: 'none', outside: null },
    ])
    expect(result.parts).toMatchObject([{ contentType: 'message/rfc822', coverage }])
  })

  it('are of no interest where nothing is protected', async () => {
    const { reasons } = await read(messageOf(inside, outer(own('Fwd: this came today'))))
    expect(reasons.map(({ code }) => code)).toEqual(['NOT_SIGNED'])
  })
})

describe('header fields in an encrypted message (RFC 9788)', () => {
  const records =
    'HP-Outer: From: Alice <alice@example.com>\r\nHP-Outer: To: bob@example.com\r\nHP-Outer: Subject: [...]\r\n'
  const content = payload(`${own('Secret')}${records}`, '; hp="cipher"')
  const wrapped = (inside = content) => encryptedFor([bob()], signedBy([alice()], inside))

  it('that were hidden are encrypted too, and those that were not are signed', async () => {
    const result = await read(messageOf(wrapped(), outer(own('[...]'))))
    expect(codesOf(result)).toEqual([])
    expect(field(result, 'Subject')).toEqual([
      { name: 'Subject', value: 'Secret', coverage: 'signed and encrypted', outside: '[...]' },
    ])
    expect(field(result, 'To')).toMatchObject([{ coverage: 'signed', outside: null }])
    expect(field(result, 'HP-Outer')).toEqual([])
  })

  it('that were removed outside are encrypted', async () => {
    const result = await read(
      messageOf(
        wrapped(content.replace(/HP-Outer: Subject.*\r\n/, '')),
        outer(own('x').replace(/Subject.*\r\n/, '')),
      ),
    )
    expect(field(result, 'Subject')).toMatchObject([{ coverage: 'signed and encrypted', outside: null }])
  })

  it('are told where outside stands what their author did not put there', async () => {
    const result = await read(messageOf(wrapped(), outer(own('Pay now'))))
    expect(result.reasons.map(({ code }) => code)).toContain('HEADER_CHANGED')
    const kept = await read(messageOf(wrapped(), outer(own('[...]'))))
    expect(kept.reasons.map(({ code }) => code)).not.toContain('HEADER_CHANGED')
  })

  it('of which the author says that they were not to be hidden are not, though somebody encrypted them', async () => {
    const result = await read(messageOf(wrapped(payload(own('Open'), '; hp="clear"')), outer(own('Open'))))
    expect(field(result, 'Subject')).toMatchObject([{ coverage: 'signed' }])
  })

  it('that nobody signed are encrypted alone', async () => {
    const result = await read(messageOf(encryptedFor([bob()], content), outer(own('[...]'))))
    expect(field(result, 'Subject')).toMatchObject([{ coverage: 'encrypted' }])
    expect(field(result, 'To')).toMatchObject([{ coverage: 'none' }])
  })

  it('repeated for old readers are told', async () => {
    const shown = payload(`${own('Secret')}${records}`, '; hp="cipher"; hp-legacy-display="1"')
    const { parts } = await read(messageOf(wrapped(shown), outer(own('[...]'))))
    expect(parts).toMatchObject([{ contentType: 'text/plain', legacyDisplay: 'present' }])
  })
})
