import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DOCUMENT_NAMES, type DocumentName, jsonSchemaOf } from '../../src/schemas/documents.js'

/** The checked-in file, as a validator that knows nothing of how it was made. */
async function validator(name: DocumentName): Promise<(value: unknown) => boolean> {
  const schema = z.fromJSONSchema(JSON.parse(await readFile(`schemas/${name}.schema.json`, 'utf8')))
  return (value) => schema.safeParse(value).success
}

describe.each(DOCUMENT_NAMES)('schemas/%s.schema.json', (name) => {
  it('is what the code says (npm run schemas writes it anew)', async () => {
    const text = await readFile(`schemas/${name}.schema.json`, 'utf8')
    expect(text).toBe(`${JSON.stringify(jsonSchemaOf(name), null, 2)}\n`)
  })

  it('has an id, a title, and a description for every key at the top', () => {
    const schema = jsonSchemaOf(name)
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `https://unpkg.com/incident-mailer/schemas/${name}.schema.json`,
      title: `incident-mailer ${name}`,
      description: expect.any(String),
    })
  })
})

describe('a validator with the JSON Schema', () => {
  it('takes a job, and refuses a misspelt one', async () => {
    const fits = await validator('job')
    expect(
      fits({ to: 'a@example.com', incident: { id: 1, anything: [] }, attachments: [{ path: 'a' }] }),
    ).toBe(true)
    expect(fits({ to: ['a@example.com'], attachments: '*', encrypt: true, timeout: 100 })).toBe(true)
    expect(fits({ to: 'a@example.com', cc: null, importance: null, incident: null })).toBe(true)
    expect(fits({ attachments: null, headers: null, encryptionCertificates: ['', null] })).toBe(true)
    expect(fits({ encypt: true })).toBe(false)
    expect(fits({ encypt: null })).toBe(false)
    expect(fits({ protectHeaders: 'shy' })).toBe(true)
    expect(fits({ protectHeaders: 'bold' })).toBe(false)
    expect(fits({ attachments: [{ content: 7 }] })).toBe(false)
    expect(fits({ importance: 'urgent' })).toBe(false)
  })

  it('takes a config, and refuses a misspelt one', async () => {
    const fits = await validator('config')
    expect(
      fits({ transport: { host: 'mail.example.com', tls: 'starttls' }, smime: { identity: { p12: 'a' } } }),
    ).toBe(true)
    expect(fits({ transport: { host: 'mail.example.com', tls: 'startls' } })).toBe(false)
    expect(fits({ smime: { identity: { p12: 'a', certificate: 'b' } } })).toBe(false)
  })

  it('takes an incident file, and refuses one without an incident', async () => {
    const fits = await validator('incident')
    expect(
      fits({ incident: { id: 1, custom: {} }, notes: [{ text: 'a', children: [{ text: null }] }] }),
    ).toBe(true)
    expect(fits({ artifacts: [] })).toBe(false)
  })

  it('takes a report, a report with an error, and an error alone', async () => {
    const fits = await validator('report')
    const report = {
      messageId: '<a@example.com>',
      serverResponse: null,
      accepted: [],
      rejected: [
        { address: 'a@example.com', code: 550, enhancedCode: '5.1.1', temporary: false, message: 'no' },
      ],
      outcome: 'failed',
      envelope: { from: 'soc@example.com', to: ['a@example.com'] },
      subject: 'Hello',
      signed: false,
      encrypted: false,
      signer: null,
      cosigners: [],
      headerProtection: { hp: 'clear', fields: ['Subject'], hidden: [] },
      recipientsCertificates: [],
      unencrypted: [],
      leftOut: [],
      size: 1000,
      warnings: [{ code: 'UNUSED_BODY', message: 'why' }],
      timings: { render: 1.5 },
    }
    const error = { code: 'X', stage: null, temporary: false, field: null, message: 'why', messageId: null }
    expect(fits(report)).toBe(true)
    expect(fits({ ...report, error })).toBe(true)
    expect(fits({ error })).toBe(true)
    expect(fits({})).toBe(false)
    expect(fits({ error: 'why' })).toBe(false)
    expect(fits({ ...report, outcome: 'lost' })).toBe(false)
  })
})
