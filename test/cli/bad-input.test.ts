import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportSchema } from '../../src/schemas/report.js'
import { person, pkcs12, testCertificate } from '../certificates/certificates.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const CONFIG = { from: 'soc@example.com', transport: { folder: 'out' } }
const GOOD = { to: 'ciso@example.com', subject: 'Hello', body: 'All quiet.' }

/** What each command makes of a job. */
async function attempt(job: unknown, { config = CONFIG, env = {}, args = ['send'] }: Attempt = {}) {
  const cwd = await cli.folder({ 'incident-mailer.json': config })
  const result = await cli.run(args, { cwd, stdin: job, env })
  const object = objectOn(result)
  expect(reportSchema.safeParse(object).error?.issues).toBeUndefined()
  // Nothing is half-sent.
  if (result.code !== 0) expect(await readdir(cwd)).toEqual(['incident-mailer.json'])
  return { ...result, error: object.error }
}
interface Attempt {
  readonly config?: object
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

describe('a bad job ends with 65', () => {
  it('and a good one does not', async () => {
    expect(await attempt(GOOD)).toMatchObject({ code: 0 })
  })

  it.each(['send', 'render'])('and several of them, one a line, with how %s takes those', async (command) => {
    const { code, error } = await attempt(`${JSON.stringify(GOOD)}\n\n${JSON.stringify(GOOD)}\n`, {
      args: [command],
    })
    expect(code).toBe(65)
    expect(error.message).toBe('the job (stdin) is several jobs, one a line; send --jsonl takes them')
  })

  it('but a job of one line may end with empty ones', async () => {
    expect(await attempt(`${JSON.stringify(GOOD)}\n\n`)).toMatchObject({ code: 0 })
  })

  const bad: [string, object, string, string | null, RegExp][] = [
    [
      'an unknown label',
      { ...GOOD, template: 'incident-sumary' },
      'UNKNOWN_TEMPLATE',
      'template',
      /incident-summary/,
    ],
    [
      'both templates',
      { ...GOOD, template: 'a', inlineTemplate: 'b' },
      'TEMPLATE_CONFLICT',
      null,
      /inlineTemplate/,
    ],
    ['no body and no template', { to: 'a@example.com', subject: 'x' }, 'NO_CONTENT', null, /body/],
    ['no recipients', { subject: 'x', body: 'x' }, 'NO_RECIPIENTS', null, /to/],
    ['recipients that are none', { subject: 'x', body: 'x', to: '', cc: [] }, 'NO_RECIPIENTS', null, /to/],
    [
      'a bad address',
      { ...GOOD, to: 'a@example.com, not an address' },
      'INVALID_ADDRESS',
      null,
      /not an address/,
    ],
    ['a bad author', { ...GOOD, from: 'soc@' }, 'INVALID_ADDRESS', 'from', /soc@/],
    [
      'CR and LF in a header value',
      { ...GOOD, headers: { 'X-A': 'a\r\nBcc: x@example.com' } },
      'HEADER_INJECTION',
      null,
      /X-A/,
    ],
    [
      'LF in a Message-ID',
      { ...GOOD, messageId: '<a@b>\nBcc: x@example.com' },
      'HEADER_INJECTION',
      'messageId',
      /messageId/,
    ],
    ['CR in an address', { ...GOOD, to: 'a\r\nBcc: x@example.com' }, 'HEADER_INJECTION', 'to', /to/],
    [
      'a Bcc among the headers',
      { ...GOOD, headers: { bcc: 'x@example.com' } },
      'FORBIDDEN_HEADER',
      null,
      /bcc/i,
    ],
    [
      'a key of the settings',
      { ...GOOD, transport: 'smtp://mail.example.com' },
      'INVALID_REQUEST',
      'transport',
      /unknown key/,
    ],
    ['a key of the settings as well', { ...GOOD, smime: {} }, 'INVALID_REQUEST', 'smime', /unknown key/],
    [
      'certificates that are none',
      { ...GOOD, encryptionCertificates: ['', null] },
      'CERTIFICATE_MISSING',
      'encryptionCertificates',
      /"encrypt": false/,
    ],
    [
      'importance in two ways',
      { ...GOOD, importance: 'High', headers: { Importance: 'low' } },
      'INVALID_REQUEST',
      'headers.Importance',
      /and importance both/,
    ],
    ['an unknown key', { ...GOOD, encypt: true }, 'INVALID_REQUEST', 'encypt', /did you mean "encrypt"\?/],
    [
      'protected header fields in a mail that protects nothing',
      { ...GOOD, protectHeaders: true },
      'INVALID_REQUEST',
      'protectHeaders',
      /neither signed nor encrypted/,
    ],
    [
      'an incident that cannot be looked up',
      { ...GOOD, incident: 2139 },
      'UNKNOWN_INCIDENT',
      'incident',
      /2139/,
    ],
    [
      'a bad PEM',
      { ...GOOD, encryptionCertificates: 'no PEM' },
      'INVALID_CERTIFICATE',
      'encryptionCertificates',
      /PEM/,
    ],
    [
      'a recipient without a certificate',
      { ...GOOD, encrypt: true },
      'CERTIFICATE_MISSING',
      null,
      /ciso@example\.com/,
    ],
    ['a broken template', { ...GOOD, inlineTemplate: '{% if %}' }, 'TEMPLATE_ERROR', null, /./],
  ]
  it.each(bad)('%s', async (_, job, code, field, message) => {
    const { code: exitCode, error, stderr } = await attempt(job)
    expect({ exitCode, code: error.code }).toEqual({ exitCode: 65, code })
    if (field !== null) expect(error.field).toMatch(new RegExp(`^${field}`))
    expect(error.message).toMatch(message)
    expect(error.temporary).toBe(false)
    expect(stderr).toContain('incident-mailer: ')
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it.each([
    ['{\n  "to": "a@example.com"\n  "body": "x"\n}', 'line 3, column 3: expected "," or "}"'],
    ['', 'line 1, column 1: expected a value, but the text ends here'],
    ['{"to": "a@example.com",\n"to": "b@example.com"}', 'line 2, column 1: the key "to" is there twice'],
    ['{"to": "a"', 'the text ends here'],
    ['hello', 'line 1, column 1: expected a value'],
  ])('broken JSON: %j', async (job, message) => {
    const { code, error } = await attempt(job)
    expect(code).toBe(65)
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', stage: 'request' })
    expect(error.message).toContain(message)
  })

  it.each(['null', '[]', '"a"', '7'])('JSON that is no job: %s', async (job) => {
    const { code, error } = await attempt(job)
    expect(code).toBe(65)
    expect(error.message).toContain('the job must be an object')
  })

  it('a job of more than 100 MB', async () => {
    const { code, error } = await attempt(' '.repeat(100_000_001))
    expect(code).toBe(65)
    expect(error).toMatchObject({ code: 'TOO_LARGE' })
  })

  it('text that is not UTF-8', async () => {
    const cwd = await cli.folder({ 'job.json': Buffer.from('{"body": "M\xfcller"}', 'latin1') })
    const result = await cli.run(['send', '--job', 'job.json'], { cwd })
    expect(result.code).toBe(65)
    expect(objectOn(result).error.message).toContain('not UTF-8')
  })
})

describe('a missing file ends with 66', () => {
  it.each([
    [['send', '--job', 'nowhere.json']],
    [['render', '--job', 'nowhere.json']],
    [['send', '--config', 'nowhere.json']],
    [['check', '--config', 'nowhere.yaml']],
  ])('%j', async (args) => {
    const { code, error } = await attempt(GOOD, { args })
    expect(code).toBe(66)
    expect(error.code).toBe('FILE_NOT_FOUND')
    expect(error.message).toContain('nowhere')
  })

  it('an attachment', async () => {
    const { code, error } = await attempt({ ...GOOD, attachments: [{ path: 'nowhere.pdf' }] })
    expect(code).toBe(66)
    expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', field: 'attachments[0].path' })
  })

  it('a job that is a device, and would never end', async () => {
    const { code, error } = await attempt(GOOD, { args: ['send', '--job', '/dev/zero'] })
    expect(code).toBe(66)
    expect(error).toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('regular file') })
  })

  it('a job that is a folder', async () => {
    const { code, error } = await attempt(GOOD, { args: ['send', '--job', '.'] })
    expect(code).toBe(66)
    expect(error.code).toBe('FILE_UNREADABLE')
  })

  it('a p12', async () => {
    const { code } = await attempt(GOOD, {
      config: { ...CONFIG, smime: { identity: { p12: 'nowhere.p12' } } },
    })
    expect(code).toBe(66)
  })
})

describe('bad settings end with 78', () => {
  it.each<[string, object, string]>([
    ['an unknown key', { ...CONFIG, form: 'x' }, 'INVALID_CONFIG'],
    ['a transport that is no URL', { ...CONFIG, transport: 'mail.example.com hunter2' }, 'INVALID_CONFIG'],
    ['a variable in the words of a shell', { ...CONFIG, from: '%SENDER%' }, 'INVALID_CONFIG'],
    ['a sender that is no address', { ...CONFIG, from: 'soc@' }, 'INVALID_ADDRESS'],
    ['an undefined variable', { ...CONFIG, defaultTemplate: '$NOWHERE' }, 'UNDEFINED_CONFIG_VARIABLE'],
  ])('%s', async (_, config, expected) => {
    for (const args of [['send'], ['render'], ['check']]) {
      const { code, error, stdout, stderr } = await attempt(GOOD, { config, args })
      expect(code).toBe(78)
      expect(error).toMatchObject({ code: expected, stage: 'config' })
      expect(stdout + stderr).not.toContain('hunter2')
    }
  })

  it('a wrong passphrase of a p12, which is not repeated', async () => {
    const p12 = pkcs12(person('soc@example.com'), 'right')
    const smime = { identity: { p12, passphrase: '$PASSPHRASE' } }
    const { code, error, stdout, stderr } = await attempt(GOOD, {
      config: { ...CONFIG, smime },
      env: { PASSPHRASE: 'hunter2' },
    })
    expect(code).toBe(78)
    expect(error).toMatchObject({ code: 'WRONG_PASSPHRASE' })
    expect(stdout + stderr).not.toContain('hunter2')
  })

  it('a key that does not match its certificate', async () => {
    const { pem: certificate } = person('soc@example.com')
    const { keyPem: privateKey } = testCertificate('another key')
    const { code, error, stdout } = await attempt(GOOD, {
      config: { ...CONFIG, smime: { identity: { certificate, privateKey } } },
    })
    expect(code).toBe(78)
    expect(error.code).toBe('KEY_MISMATCH')
    expect(stdout).not.toContain('PRIVATE KEY')
  })

  it('a signature that nobody can give', async () => {
    const { code, error } = await attempt({ ...GOOD, sign: true })
    expect(code).toBe(78)
    expect(error.code).toBe('IDENTITY_MISSING')
  })
})

describe('secrets', () => {
  it('stay out of stdout and stderr, whatever goes wrong', async () => {
    const env = { SMTP_PASSWORD: 'hunter2' }
    const transport = { host: '127.0.0.1', port: 1, auth: { user: 'soc', pass: '$SMTP_PASSWORD' } }
    const configs = [
      { ...CONFIG, transport },
      { ...CONFIG, transport: 'smtp://soc:hunter2@127.0.0.1:1' },
      { ...CONFIG, transport: 'smtp://soc:hunter2@127.0.0.1:99999' },
      { ...CONFIG, transport: { ...transport, auth: { user: 'soc', pass: 'hunter2', typo: 'hunter2' } } },
      { ...CONFIG, transport: { ...transport, port: 'hunter2' } },
    ]
    for (const config of configs) {
      for (const args of [['send'], ['check']]) {
        const { code, stdout, stderr } = await cli.run(args, {
          cwd: await cli.folder({ 'incident-mailer.json': config }),
          stdin: GOOD,
          env,
        })
        expect([69, 78]).toContain(code)
        expect(stdout + stderr).not.toContain('hunter2')
      }
    }
  })
})
