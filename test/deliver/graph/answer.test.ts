import { describe, expect, it } from 'vitest'
import { busyFor, handoverOf } from '../../../src/deliver/graph/answer.js'
import type { Reply } from '../../../src/deliver/graph/ask.js'

function reply(status: number, retryAfter: string | null = null, code = 'ErrorSaid'): Reply {
  const text = JSON.stringify({ error: { code, message: 'because' } })
  return { answer: { status, retryAfter, requestId: '4f1e', text }, thrown: null, mask: (words) => words }
}

const to = ['ciso@example.com']

describe('an answer of Microsoft Graph', () => {
  it.each([
    ['413', reply(413)],
    ['400 and the code of one too large', reply(400, null, 'ErrorMessageSizeExceeded')],
  ])('of %s refuses a mail that is too large, as SMTP does', (_, answer) => {
    const message = expect.stringContaining('because, request 4f1e')
    expect(handoverOf(answer, to).rejected).toMatchObject([
      { code: 552, enhancedCode: '5.3.4', temporary: false, message },
    ])
  })

  it.each([
    [400, null, null],
    [401, 'check transport.graph.oauth', null],
    [403, 'needs the permission Mail.Send', null],
    [404, 'check transport.graph.user', null],
  ])('of %i says what to do: %s', (status, advice, code) => {
    const { failure, rejected } = handoverOf(reply(status), to)
    expect(rejected).toMatchObject([{ code, enhancedCode: null }])
    if (advice === null) expect(failure).toBeNull()
    else expect(failure?.message).toContain(advice)
  })

  it.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2015 00:00:00 GMT', 0],
    ['soon', 0],
    [null, 0],
  ])('that asks for patience until %j is left alone for %i ms (RFC 9110, section 10.2.3)', (until, wait) => {
    expect(busyFor(reply(429, until))).toBe(wait)
    expect(busyFor(reply(503, until))).toBe(wait)
  })

  it('that asks for patience until a day to come is left alone until then', () => {
    const day = new Date(Date.now() + 86_400_000).toUTCString()
    expect(busyFor(reply(503, day))).toBeGreaterThan(86_000_000)
    expect(handoverOf(reply(503, day), to).retryAfter).toBeGreaterThan(86_000_000)
  })

  it.each([200, 400, 500])('of %i asks for no patience, whatever else it says', (status) => {
    expect(busyFor(reply(status, '120'))).toBeNull()
  })
})
