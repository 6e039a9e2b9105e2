import { describe, expect, it } from 'vitest'
import { readDsn } from '../../src/compose/dsn.js'

const ALL = {
  notify: ['success', 'failure', 'delay'],
  return: 'headers',
  envelopeId: '1@example.com',
  required: true,
}

describe('delivery status notifications', () => {
  it.each([[undefined], [null], [false]])('are not asked for by %j', (dsn) => {
    expect(readDsn(dsn, '<1@example.com>')).toBeUndefined()
  })

  it.each([[true as const], [{}]])('are all asked for by %j, with the header alone', (dsn) => {
    expect(readDsn(dsn, '<1@example.com>')).toEqual(ALL)
  })

  it('are those that are named, each once', () => {
    expect(readDsn({ notify: ['delay', 'failure', 'delay'] }, '<1@example.com>')).toEqual({
      ...ALL,
      notify: ['failure', 'delay'],
    })
    expect(readDsn({ notify: 'never', return: 'full', envelopeId: 'a b+=', required: false }, '')).toEqual({
      notify: 'never',
      return: 'full',
      envelopeId: 'a b+=',
      required: false,
    })
  })

  it.each(['', '<a+b@example.com>', '<a=b@example.com>', '<ü@example.com>', `<${'a'.repeat(101)}>`])(
    'have no id by default where the Message-ID is %j, which programs may read otherwise',
    (messageId) => {
      expect(readDsn(true, messageId)?.envelopeId).toBeNull()
    },
  )

  it.each<[string, unknown]>([
    ['dsn', 'success'],
    ['dsn', ['success']],
    ['dsn', { notfy: 'never' }],
    ['dsn.notify', { notify: 'success' }],
    ['dsn.notify', { notify: [] }],
    ['dsn.notify', { notify: ['never', 'success'] }],
    ['dsn.notify', { notify: ['success RET=FULL'] }],
    ['dsn.return', { return: 'FULL' }],
    ['dsn.envelopeId', { envelopeId: 'a\r\nRCPT TO:<evil@example.com>' }],
    ['dsn.envelopeId', { envelopeId: 'a\n' }],
    ['dsn.envelopeId', { envelopeId: 'a\0' }],
    ['dsn.envelopeId', { envelopeId: 'ü' }],
    ['dsn.envelopeId', { envelopeId: '' }],
    ['dsn.envelopeId', { envelopeId: 'a'.repeat(101) }],
    ['dsn.envelopeId', { envelopeId: 5 }],
    ['dsn.envelopeId', { envelopeId: ['a', 'b'] }],
    ['dsn.required', { required: 'no' }],
  ])('of which %s is wrong are an error: %j', (field, dsn) => {
    expect(() => readDsn(dsn as never, '<1@example.com>')).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', field }),
    )
  })
})
