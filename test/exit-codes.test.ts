import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../src/error-codes.js'
import { exitCodeOf, strictExitCodeOf } from '../src/exit-codes.js'
import type { DeliveryReport } from '../src/mail.js'

describe('an exit code', () => {
  it.each<[ErrorCode, number]>([
    ['USAGE', 64],
    ['UNKNOWN_TEMPLATE', 65],
    ['TEMPLATE_CONFLICT', 65],
    ['NO_CONTENT', 65],
    ['INVALID_ADDRESS', 65],
    ['HEADER_INJECTION', 65],
    ['INVALID_REQUEST', 65],
    ['CERTIFICATE_MISSING', 65],
    ['FILE_NOT_FOUND', 66],
    ['FILE_UNREADABLE', 66],
    ['RECIPIENTS_REFUSED', 67],
    ['CONNECTION_FAILED', 69],
    ['INTERNAL', 70],
    ['OUTCOME_UNKNOWN', 74],
    ['TIMEOUT', 75],
    ['ABORTED', 75],
    ['TLS_FAILED', 76],
    ['PROTOCOL_ERROR', 76],
    ['AUTHENTICATION_FAILED', 77],
    ['INVALID_CONFIG', 78],
    ['WRONG_PASSPHRASE', 78],
    ['KEY_MISMATCH', 78],
    ['IDENTITY_MISSING', 78],
  ])('of %s is %i', (code, exitCode) => {
    expect(exitCodeOf({ code, temporary: false, field: null, stage: null })).toBe(exitCode)
  })

  it.each([
    ...[new TypeError('x'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'x', null, undefined],
    Object.assign(new Error('x'), { code: 'constructor' }),
  ])('is 70 for what is no error of this package: %s', (thrown) => {
    expect(exitCodeOf(thrown)).toBe(70)
  })

  it('is 75 for what the server refuses for now', () => {
    for (const code of ['RECIPIENTS_REFUSED', 'AUTHENTICATION_FAILED', 'TRANSPORT_FAILED'] as const)
      expect(exitCodeOf({ code, temporary: true, field: null, stage: null })).toBe(75)
  })

  it('is 69 where the server was not reached, although that may pass', () => {
    expect(exitCodeOf({ code: 'CONNECTION_FAILED', temporary: true, field: null, stage: null })).toBe(69)
  })

  it('is never 75 where the mail may have arrived: a playbook would send it again', () => {
    expect(exitCodeOf({ code: 'OUTCOME_UNKNOWN', temporary: true, field: null, stage: null })).toBe(74)
  })

  it('tells a bad certificate in the job from one in the settings', () => {
    const of = (field: string) =>
      exitCodeOf({ code: 'INVALID_CERTIFICATE', temporary: false, field, stage: 'encrypt' })
    expect(of('encryptionCertificates[1]')).toBe(65)
    expect(of('smime.trust')).toBe(78)
    expect(of('transport.caFile')).toBe(78)
  })

  it('is 69 for a server that is not there, whichever setting names it', () => {
    const error = { code: 'CONNECTION_FAILED', temporary: false, field: 'transport.host', stage: 'config' }
    expect(exitCodeOf(error)).toBe(69)
  })

  it('is that of a job for a key of the job, also one that the settings have as well', () => {
    for (const field of ['smime', 'transport', 'smime.certificates'])
      expect(exitCodeOf({ code: 'INVALID_REQUEST', temporary: false, field, stage: 'request' })).toBe(65)
  })

  it('is that of the settings for an address or a template that they name', () => {
    expect(exitCodeOf({ code: 'INVALID_ADDRESS', temporary: false, field: 'from', stage: 'config' })).toBe(78)
  })
})

describe('an exit code under --strict', () => {
  const refused = (temporary: boolean) => ({
    address: 'a@example.com',
    code: temporary ? 450 : 550,
    enhancedCode: null,
    temporary,
    message: '',
  })
  const strict = (part: Pick<DeliveryReport, 'rejected'> & Partial<DeliveryReport>) =>
    strictExitCodeOf({
      messageId: '<a@example.com>',
      serverResponse: null,
      accepted: ['b@example.com'],
      outcome: 'partial',
      envelope: { from: 'soc@example.com', to: [] },
      subject: '',
      signed: false,
      encrypted: false,
      signer: null,
      cosigners: [],
      headerProtection: null,
      recipientsCertificates: [],
      unencrypted: [],
      leftOut: [],
      size: 0,
      warnings: [],
      timings: {},
      ...part,
    })

  it('is 0 where nobody was refused', () => {
    expect(strict({ rejected: [] })).toBe(0)
  })

  it('is 75 where every refusal is temporary, else 67', () => {
    expect(strict({ rejected: [refused(true), refused(true)] })).toBe(75)
    expect(strict({ rejected: [refused(true), refused(false)] })).toBe(67)
  })

  it('is 65 where somebody was left out for want of a certificate, whoever else was refused', () => {
    const leftOut = ['c@example.com']
    expect(strict({ rejected: [], leftOut })).toBe(65)
    expect(strict({ rejected: [refused(true)], leftOut })).toBe(65)
  })

  it('is 74 where nobody knows what became of a copy', () => {
    const warnings = [{ code: 'OUTCOME_UNKNOWN' as const, message: '' }]
    expect(strict({ rejected: [refused(true)], warnings })).toBe(74)
  })
})
