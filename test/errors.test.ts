import { describe, expect, it } from 'vitest'
import { IncidentMailerError, messageOf } from '../src/errors.js'
import type { DeliveryReport } from '../src/mail.js'

const report: DeliveryReport = {
  messageId: '<1@example.com>',
  serverResponse: '550 no',
  accepted: [],
  rejected: [],
  outcome: 'failed',
  envelope: { from: 'soc@example.com', to: ['ciso@example.com'] },
  subject: 'An incident',
  signed: false,
  encrypted: false,
  signer: null,
  cosigners: [],
  headerProtection: null,
  recipientsCertificates: [],
  unencrypted: [],
  leftOut: [],
  size: 1,
  warnings: [],
  timings: {},
}

describe('IncidentMailerError', () => {
  it('is an Error with a name of its own', () => {
    const error = new IncidentMailerError('NO_CONTENT', 'nothing to say')
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('IncidentMailerError: nothing to say')
  })

  it('is for good, of no stage and of no field unless it says otherwise', () => {
    const error = new IncidentMailerError('NO_CONTENT', 'nothing to say')
    expect(error).toMatchObject({
      ...{ code: 'NO_CONTENT', stage: null, temporary: false, field: null, messageId: null, report: null },
    })
    expect(error).not.toHaveProperty('cause')
  })

  it('keeps what was thrown underneath, whatever that was', () => {
    expect(new IncidentMailerError('TEMPLATE_ERROR', 'x', { cause: null })).toHaveProperty('cause', null)
    expect(new IncidentMailerError('TEMPLATE_ERROR', 'x', { cause: 'text' })).toHaveProperty('cause', 'text')
  })

  it('takes the Message-ID out of the report, unless it is given', () => {
    expect(new IncidentMailerError('RECIPIENTS_REFUSED', 'x', { report }).messageId).toBe('<1@example.com>')
    const given = new IncidentMailerError('RECIPIENTS_REFUSED', 'x', { report, messageId: '<2@example.com>' })
    expect(given.messageId).toBe('<2@example.com>')
  })
})

describe('an error as JSON', () => {
  it('holds the six members that the command line promises, and no more', () => {
    const cause = new Error('535 5.7.8 password=hunter2')
    const error = new IncidentMailerError('AUTHENTICATION_FAILED', 'the server refused the password', {
      ...{ stage: 'deliver', temporary: true, field: 'transport.auth', cause, report },
    })
    const json = JSON.stringify({ error })
    expect(JSON.parse(json).error).toEqual({
      code: 'AUTHENTICATION_FAILED',
      stage: 'deliver',
      temporary: true,
      field: 'transport.auth',
      message: 'the server refused the password',
      messageId: '<1@example.com>',
    })
    expect(json).not.toContain('hunter2')
  })

  it('writes null for what is not known, rather than leave it out', () => {
    const json = JSON.parse(JSON.stringify(new IncidentMailerError('NO_SENDER', 'no sender')))
    expect(json).toMatchObject({ stage: null, field: null, messageId: null })
  })
})

describe('messageOf', () => {
  it.each([
    { thrown: new RangeError('too large'), message: 'too large' },
    { thrown: 'text', message: 'text' },
    { thrown: undefined, message: 'undefined' },
    { thrown: null, message: 'null' },
    { thrown: Symbol('s'), message: 'Symbol(s)' },
  ])('says $message', ({ thrown, message }) => {
    expect(messageOf(thrown)).toBe(message)
  })
})
