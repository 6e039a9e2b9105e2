import { describe, expect, it } from 'vitest'
import { IncidentMailerError } from '../../src/errors.js'
import type { MailRequest } from '../../src/mail.js'
import { checkRequest } from '../../src/schemas/job.js'

/** One value of every key there is; the type makes sure that none is forgotten. */
const EVERYTHING: Required<MailRequest> = {
  to: ['ciso@example.com', 'SOC <soc@example.com>'],
  cc: 'a@example.com, b@example.com',
  bcc: [],
  from: 'SOC <soc@example.com>',
  replyTo: 'soc@example.com',
  subject: 'Incident {{ incident.id }}',
  template: 'incident-summary',
  inlineTemplate: '<p>{{ incident.name }}</p>',
  body: '<p>Hello</p>',
  textBody: 'Hello',
  format: 'html',
  mergeBody: true,
  incident: {
    incident: { id: 2139, name: 'Phishing', properties: { custom: 1 }, severity_code: 'High' },
    artifacts: [{ value: '203.0.113.7', type: 'IP Address', description: null, hits: [] }],
    notes: [{ text: '<div>a</div>', user_name: null, create_date: 1, children: [{ text: 'b', id: 3 }] }],
    tasks: [{ id: 994, name: 'Call', instructions: null }],
    attachments: [{ name: 'mail.eml', path: './mail.eml', contentType: 'message/rfc822' }],
    tables: { conversations: { text: 'Conversations', columns: [], rows: [{}] } },
    fields: { severity_code: { input_type: 'select', text: 'Severity', prefix: null } },
    links: { baseUrl: 'https://soar.example.com:443', orgId: 201 },
  },
  importance: 'high',
  dsn: { notify: ['failure', 'delay'], return: 'full', envelopeId: 'case 7', required: false },
  messageId: '<a@example.com>',
  idempotencyKey: 'playbook-7',
  inReplyTo: 'b@example.com',
  references: ['<c@example.com>', '<b@example.com>'],
  thread: true,
  attachments: [
    'mail.eml',
    { name: 'a.txt', content: 'aGk=' },
    { path: './logo.png', cid: 'logo', contentType: 'image/png' },
  ],
  strictAttachments: true,
  headers: { 'X-Incident': '2139' },
  sign: true,
  encrypt: false,
  encryptionCertificates: ['-----BEGIN CERTIFICATE-----'],
  protectHeaders: 'shy',
  locale: 'de-CH',
  timeZone: 'Europe/Zurich',
  tlp: 'amber+strict',
  strictUndefined: true,
  profile: 'soc',
  timeout: 5000,
}

function refusal(request: unknown): IncidentMailerError {
  try {
    checkRequest(request)
  } catch (error) {
    if (error instanceof IncidentMailerError) return error
    throw error
  }
  throw new Error('the request was accepted')
}

describe('a request', () => {
  it('is checked whole, whichever keys it has and whatever was checked before', () => {
    expect(checkRequest({})).toEqual({})
    expect(checkRequest({ to: 'a@example.com' })).toEqual({ to: 'a@example.com' })
    for (const key of Object.keys(EVERYTHING)) {
      expect(refusal({ to: 'a@example.com', [key]: Symbol('wrong') }).field?.startsWith(key)).toBe(true)
      expect(refusal({ [key]: null, tooo: 1 }).field).toBe('tooo')
    }
    const inherited = Object.create({ encrypt: true })
    expect(checkRequest(inherited)).toEqual({ encrypt: true })
    const defaults = { encrypt: true, sign: true }
    const answering = new Proxy(
      { to: 'a@example.com' },
      { get: (own, key) => Reflect.get({ ...defaults, ...own }, key) },
    )
    expect(checkRequest(answering)).toEqual({ to: 'a@example.com', ...defaults })
  })

  it('may have every key there is', () => {
    const [first, text, ...others] = EVERYTHING.attachments
    const attachments = [first, { ...Object(text), content: Buffer.from('hi') }, ...others]
    expect(checkRequest(EVERYTHING)).toEqual({ ...EVERYTHING, attachments })
  })

  it('may have none', () => {
    expect(checkRequest({})).toEqual({})
  })

  it('may leave a key undefined', () => {
    expect(checkRequest({ to: 'a@example.com', subject: undefined })).toEqual({ to: 'a@example.com' })
  })

  it('may bring bytes', () => {
    const content = new Uint8Array([1, 2, 3])
    expect(checkRequest({ attachments: [{ name: 'a', content }] }).attachments).toEqual([
      { name: 'a', content },
    ])
    const bytes = Buffer.from('x')
    expect(checkRequest({ attachments: [{ name: 'a', content: bytes }] }).attachments).toEqual([
      { name: 'a', content: bytes },
    ])
  })

  it.each(Object.keys(EVERYTHING))('may say null for %s where there is none, as playbooks do', (key) => {
    expect(checkRequest({ body: 'Hi', [key]: null })).toEqual(key === 'body' ? {} : { body: 'Hi' })
  })

  it('may write words in any case', () => {
    expect(checkRequest({ importance: 'High', tlp: 'AMBER+STRICT', format: 'Text' })).toEqual({
      importance: 'high',
      tlp: 'amber+strict',
      format: 'text',
    })
  })

  it.each([true, false, {}, { notify: 'never' }, { notify: ['success'] }])(
    'may ask for notifications with %j',
    (dsn) => {
      expect(checkRequest({ dsn })).toEqual({ dsn })
    },
  )

  it('may leave places in the list of certificates empty, which encryption judges', () => {
    expect(checkRequest({ encryptionCertificates: ['', null] })).toEqual({ encryptionCertificates: ['', ''] })
  })

  it.each([
    ['an id', 2139],
    ['a name', 'INC-2139'],
    ['an incident file', { incident: { id: 1 } }],
    ["an incident's fields alone", { id: 1, name: 'Phishing', severity_code: 'High', properties: {} }],
  ])('may name its incident by %s', (_, incident) => {
    expect(checkRequest({ incident })).toEqual({ incident })
  })

  it.each([undefined, null, [], 'job', 7, true])('is an object, not %j', (request) => {
    expect(refusal(request)).toMatchObject({ code: 'INVALID_REQUEST', stage: 'request', field: null })
    expect(refusal(request).message).toMatch(/^the job (?:must be an object|is missing)/)
  })
})

describe('an unknown key', () => {
  it.each([
    ['encypt', 'encrypt'],
    ['Encrypt', 'encrypt'],
    ['encryptionCertificate', 'encryptionCertificates'],
    ['recipients_to', undefined],
    ['attachment', 'attachments'],
    ['reply_to', 'replyTo'],
  ])('%s is an error that names the nearest right one', (key, meant) => {
    const error = refusal({ to: 'a@example.com', [key]: true })
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', stage: 'request', field: key })
    expect(error.message).toContain(`${key} is an unknown key; `)
    expect(error.message).toContain(meant ? `did you mean "${meant}"?` : 'known are to, cc, bcc')
  })

  it.each([
    ['mail_to', 'to'],
    ['mail_cc', 'cc'],
    ['mail_bcc', 'bcc'],
    ['mail_from', 'from'],
    ['mail_subject', 'subject'],
    ['mail_body', 'body'],
    ['mail_body_html', 'inlineTemplate'],
    ['mail_body_text', 'body'],
    ['mail_attachments', 'attachments'],
    ['mail_importance', 'importance'],
    ['mail_in_reply_to', 'inReplyTo'],
    ['mail_incident_id', 'incident'],
    ['mail_inline_template', 'inlineTemplate'],
    ['mail_message_id', 'messageId'],
    ['mail_template_label', 'template'],
    ['mail_merge_body', 'mergeBody'],
    ['mail_encryption_recipients', 'encryptionCertificates'],
    ['html_body', 'body'],
    ['text_body', 'textBody'],
    ['attachment_json', 'attachments'],
  ])('%s, of the playbooks of IBM and Splunk, is %s here', (key, meant) => {
    expect(refusal({ [key]: 'x' }).message).toBe(`${key} is an unknown key; did you mean "${meant}"?`)
  })

  it('raw_email, of Splunk, has a command of its own', () => {
    expect(refusal({ raw_email: 'x' }).message).toBe(
      'raw_email is an unknown key; a job builds a mail from its parts: to, subject, body, headers; `incident-mailer raw` sends a whole message',
    )
  })

  it('filename of an attachment is its name', () => {
    expect(refusal({ attachments: [{ filename: 'a.txt', content: '' }] }).message).toBe(
      'attachments[0].filename is an unknown key; did you mean "name"?',
    )
  })

  it('is one in an attachment, an incident file and its links as well', () => {
    expect(refusal({ attachments: ['a', { pth: 'a' }] }).message).toBe(
      'attachments[1].pth is an unknown key; did you mean "path"?',
    )
    expect(refusal({ incident: { incident: {}, artifact: [] } }).field).toBe('incident.artifact')
    expect(refusal({ incident: { incident: {}, links: { baseURL: '' } } }).field).toBe(
      'incident.links.baseURL',
    )
  })

  it('is one even where every object has something of that name', () => {
    for (const key of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(refusal(JSON.parse(`{"${key}": {"encrypt": true}}`)).field).toBe(key)
    }
  })

  it('cannot write control characters into a message', () => {
    const { message, field } = refusal({ ['\u001b[2J\r\nBcc: x\u009b\u202e'.repeat(50)]: 1 })
    expect(message).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
    expect(field).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
    expect(field?.length).toBeLessThan(400)
  })
})

describe('a value of the wrong kind', () => {
  const wrong: [keyof MailRequest, unknown, string][] = [
    ['to', 7, 'to must be a string or a list'],
    ['to', ['a@example.com', 7], 'to[1] must be a string'],
    ['cc', {}, 'cc must be a string or a list'],
    ['bcc', true, 'bcc must be a string or a list'],
    ['from', ['a@example.com'], 'from must be a string'],
    ['replyTo', 1, 'replyTo must be a string or a list'],
    [
      'attachments',
      [{ path: 'a', name: null }],
      'attachments[0].name must be a string; leave it out where there is none',
    ],
    ['template', 1, 'template must be a string'],
    ['inlineTemplate', {}, 'inlineTemplate must be a string'],
    ['body', 1, 'body must be a string'],
    ['textBody', false, 'textBody must be a string'],
    ['format', 'markdown', 'format must be "auto", "html" or "text"'],
    ['mergeBody', 'yes', 'mergeBody must be true or false'],
    ['mergeBody', 'true', 'mergeBody must be true or false; write it without quotes'],
    ['incident', true, 'incident must be a number, a string or an object'],
    ['incident', { incident: { id: [] } }, 'incident.incident.id must be a number or a string'],
    ['incident', { name: 7 }, 'incident.name must be a string'],
    ['incident', { incident: 7 }, 'incident.incident must be an object'],
    [
      'incident',
      { incident: {}, notes: [{ children: [{ text: 5 }] }] },
      'incident.notes[0].children[0].text must be a string',
    ],
    ['importance', 'urgent', 'importance must be "low", "normal" or "high"'],
    ['dsn', 'success', 'dsn must be true or false or an object'],
    [
      'dsn',
      { notify: ['sucess'] },
      'dsn.notify[0] must be "success", "failure" or "delay", and not "sucess"; did you mean "success"?',
    ],
    ['dsn', { notify: [] }, 'dsn.notify must name "success", "failure" or "delay"'],
    ['dsn', { notify: ['never'] }, 'dsn.notify[0] must be "success", "failure" or "delay"'],
    [
      'dsn',
      { notify: 'success' },
      'dsn.notify must be a list of "success", "failure" and "delay", or "never"',
    ],
    ['dsn', { return: 'all' }, 'dsn.return must be "headers" or "full"'],
    ['dsn', { envelopeId: '' }, 'dsn.envelopeId must be 1 to 100 printable ASCII characters'],
    ['dsn', { envelopeId: 'a\r\nb' }, 'dsn.envelopeId must be 1 to 100 printable ASCII characters'],
    ['dsn', { notfy: 'never' }, 'dsn.notfy is an unknown key; did you mean "notify"?'],
    ['messageId', 1, 'messageId must be a string'],
    ['idempotencyKey', 1, 'idempotencyKey must be a string'],
    ['inReplyTo', [], 'inReplyTo must be a string'],
    ['references', 1, 'references must be a string or a list'],
    ['thread', 1, 'thread must be true or false'],
    ['attachments', 1, 'attachments must be a string or a list'],
    ['attachments', [1], 'attachments[0] must be a string or an object'],
    ['attachments', [{ name: 'a' }], 'attachments[0] must have either "path" or "content"'],
    ['attachments', [{ path: 'a', content: '' }], 'attachments[0] must have either "path" or "content"'],
    ['attachments', [{ path: 1 }], 'attachments[0].path must be a string'],
    [
      'attachments',
      [{ name: 'a', content: 'not base64!' }],
      'attachments[0].content must be base64, in the standard alphabet and with padding',
    ],
    ['attachments', [{ name: 'a', content: { 0: 1 } }], 'attachments[0].content must be base64'],
    ['strictAttachments', 1, 'strictAttachments must be true or false'],
    ['headers', [], 'headers must be an object'],
    ['headers', { 'X-A': 1 }, 'headers.X-A must be a string'],
    ['sign', 'no', 'sign must be true or false'],
    ['encrypt', 1, 'encrypt must be true or false'],
    ['encryptionCertificates', {}, 'encryptionCertificates must be a string or a list'],
    ['protectHeaders', 'bold', 'protectHeaders must be "baseline" or "shy"'],
    ['locale', 'not a tag', 'locale must be a language tag (BCP 47) such as "en" or "de-CH"'],
    ['timeZone', 'Mars/Olympus', 'timeZone must be an IANA time zone such as "UTC" or "Europe/Zurich"'],
    ['tlp', 'white', 'tlp must be "red", "amber", "amber+strict", "green" or "clear"'],
    ['strictUndefined', 0, 'strictUndefined must be true or false'],
    ['timeout', '5000', 'timeout must be a number'],
    ['timeout', 0, 'timeout must be at least 1'],
    ['timeout', -5, 'timeout must be at least 1'],
    ['timeout', 1.5, 'timeout must be a whole number'],
    ['timeout', Number.NaN, 'timeout must be a number'],
    ['timeout', 2 ** 31, 'timeout must be at most 2147483647'],
  ]
  it.each(wrong)('%s: %j is an error that says what it must be', (key, value, message) => {
    const error = refusal({ [key]: value })
    expect(error.message).toBe(message)
    expect(error.code).toBe('INVALID_REQUEST')
    expect(message.startsWith(error.field ?? 'nothing')).toBe(true)
  })

  it('is refused without quoting the value', () => {
    expect(refusal({ format: 'hunter2' }).message).not.toContain('hunter2')
    expect(refusal({ body: { secret: 'hunter2' } }).message).not.toContain('hunter2')
  })

  it('is nested deeper than the stack bears', () => {
    let notes: object[] = []
    for (let depth = 0; depth < 100_000; depth++) notes = [{ text: 'a', children: notes }]
    expect(refusal({ incident: { incident: {}, notes } }).message).toBe('the job is nested too deeply')
  })

  it('is found at once in a large job', () => {
    expect(refusal({ attachments: [{ content: `${'='.repeat(2)}${' '.repeat(5_000_000)}!` }] }).field).toBe(
      'attachments[0].content',
    )
    const content = 'QUFB'.repeat(10_000_000)
    const [attachment] = checkRequest({ attachments: [{ content }] }).attachments ?? []
    expect(Object(attachment).content).toHaveLength(30_000_000)
  })
})
