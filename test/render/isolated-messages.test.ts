import { describe, expect, it } from 'vitest'
import { readMessage } from '../../src/render/isolated/messages.js'

const words = { subject: 'S', html: null, text: 'x', isTemplateHtml: false, warnings: [] }
const field = { kind: 'field', incidentId: 7, name: 'owner' }
const query = { kind: 'query', conditions: [], fields: ['id'], exclude: [7] }

describe('what a process that renders says, and may be made to say', () => {
  it('is believed where it is what ours would say', () => {
    expect(readMessage({ type: 'words', words })).toEqual({ type: 'words', words })
    expect(readMessage({ type: 'wants', wants: [field, query] })).toEqual({
      type: 'wants',
      wants: [field, query],
    })
    expect(
      readMessage({ type: 'refused', error: { code: 'TEMPLATE_ERROR', message: 'm', field: 'f' } }),
    ).toMatchObject({ error: { code: 'TEMPLATE_ERROR', message: 'm', field: 'f' } })
  })

  it.each<[string, unknown]>([
    ['no message', null],
    ['another kind', { type: 'constructor' }],
    ['a header in the subject', { type: 'words', words: { ...words, subject: 'S\r\nBcc: a@b' } }],
    ['a text that is none', { type: 'words', words: { ...words, text: { toString: 'x' } } }],
    ['HTML that is none', { type: 'words', words: { ...words, html: 1 } }],
    [
      "another stage's warning",
      { type: 'words', words: { ...words, warnings: [{ code: 'OUTCOME_UNKNOWN' }] } },
    ],
    ["another stage's error", { type: 'refused', error: { code: 'OUTCOME_UNKNOWN', message: 'm' } }],
    ['wants without an end', { type: 'wants', wants: Array(1001).fill(field) }],
    ['no wants', { type: 'wants', wants: [] }],
    ['an unknown want', { type: 'wants', wants: [{ kind: 'file', name: '/etc/passwd' }] }],
    ['a want of an odd incident', { type: 'wants', wants: [{ ...field, incidentId: {} }] }],
    ['a want without a name', { type: 'wants', wants: [{ ...field, name: undefined }] }],
    [
      'an odd condition',
      { type: 'wants', wants: [{ ...query, conditions: [{ field_name: 'x', method: 'eval' }] }] },
    ],
    ['an odd field', { type: 'wants', wants: [{ ...query, fields: [{}] }] }],
  ])('is not believed: %s', (_what, message) => {
    expect(readMessage(message)).toBeNull()
  })
})
