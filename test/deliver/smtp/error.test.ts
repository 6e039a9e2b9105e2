import { describe, expect, it } from 'vitest'
import { connectionError, networkDiagnosis, rejection } from '../../../src/deliver/smtp/error.js'
import { maskOf } from '../../../src/secrets.js'

const mask = maskOf(null)

describe('a name without an address', () => {
  it.each([
    ['ENOTFOUND', false],
    ['ENODATA', false],
    ['EAI_FAIL', false],
    ['EAI_AGAIN', true],
  ])('by %s may have one later only where the name server could not be asked', (code, temporary) => {
    expect(networkDiagnosis(code)).toMatchObject({ code: 'CONNECTION_FAILED', temporary })
  })
})

it('an address of another machine to send from is named by its setting', () => {
  expect(networkDiagnosis('EADDRNOTAVAIL').says).toContain('transport.localAddress')
})

it("a system's words are a cause that can be printed", () => {
  const error = connectionError(new Error('bad \u001b[2J\nend'), { server: 'mail.example.com:25', mask })
  expect(error.cause).toMatchObject({ message: expect.not.stringMatching(/\p{Cc}/u) })
})

it.each([
  ['451 4.3.2 Later', true],
  ['550 5.1.1 No', false],
  ['No reply of SMTP', true],
])('a refusal by %j may pass: %s', (reply, temporary) => {
  expect(rejection('ciso@example.com', reply, mask)).toMatchObject({ temporary })
})
