import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { reportSchema } from '../../src/schemas/report.js'
import { person, pkcs12 } from '../certificates/certificates.js'
import {
  drop,
  type Script,
  type ScriptedServer,
  silence,
  startScriptedServer,
} from '../peers/scripted-server.js'
import { type BuiltCli, buildCli, objectOn, type Result } from './built-cli.js'

let cli: BuiltCli
const servers: ScriptedServer[] = []

beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

const JOB = { to: 'a@example.com, b@example.com', subject: 'R&D', body: 'All quiet.' }

/** A server that follows the script, and a folder with a config that leads there. */
async function serverWith(script: Script, config: object = {}) {
  const server = await startScriptedServer(script)
  servers.push(server)
  const transport = { host: '127.0.0.1', port: server.port }
  const cwd = await cli.folder({
    'incident-mailer.json': { from: 'SOC <soc@example.com>', transport, ...config },
  })
  return { server, cwd }
}

/** The report on stdout, which the published schema describes. */
function reportOn(result: Result) {
  const object = objectOn(result)
  expect(reportSchema.safeParse(object).error?.issues).toBeUndefined()
  return object
}

describe('send', () => {
  it('mails the job on stdin and prints the report, and nothing else', async () => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['send'], { cwd, stdin: JOB })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const report = reportOn(result)
    expect(report).toMatchObject({
      messageId: expect.stringMatching(/^<[^<>\s]+@example\.com>$/),
      serverResponse: expect.stringContaining('queued as 4ZABCD'),
      accepted: ['a@example.com', 'b@example.com'],
      rejected: [],
      outcome: 'sent',
      envelope: { from: 'soc@example.com', to: ['a@example.com', 'b@example.com'] },
      subject: 'R&D',
      signed: false,
      encrypted: false,
      signer: null,
      cosigners: [],
      headerProtection: null,
      recipientsCertificates: [],
      warnings: [],
    })
    expect(Object.keys(report.timings)).toEqual(expect.arrayContaining(['render', 'compose', 'deliver']))
    expect(report).not.toHaveProperty('error')
    expect(server.messages).toHaveLength(1)
    expect(server.messages[0]).toContain(report.messageId)
  })

  it('mails the job in a file', async () => {
    const { server, cwd } = await serverWith({})
    await writeFile(join(cwd, 'job.json'), JSON.stringify(JOB))
    expect(await cli.run(['send', '--job', 'job.json'], { cwd })).toMatchObject({ code: 0 })
    expect(server.messages).toHaveLength(1)
  })

  it('takes a job with a byte order mark', async () => {
    const { cwd } = await serverWith({})
    expect(await cli.run(['send'], { cwd, stdin: `\uFEFF${JSON.stringify(JOB)}` })).toMatchObject({ code: 0 })
  })

  it('puts mails into the folder outbox where no transport is configured, and warns', async () => {
    const result = await cli.run(['send'], { stdin: { ...JOB, from: 'soc@example.com' } })
    expect(result.code).toBe(0)
    expect(reportOn(result).warnings).toEqual([{ code: 'NO_TRANSPORT', message: expect.any(String) }])
    expect(await readdir(join(result.cwd, 'outbox'))).toHaveLength(1)
  })

  it('says on stderr that no config file is there, unless the environment names a transport', async () => {
    const stdin = { ...JOB, from: 'soc@example.com' }
    const none = await cli.run(['send'], { stdin })
    expect(none.stderr).toBe(
      `incident-mailer: no incident-mailer.json, .yaml or .yml in ${none.cwd}; mails go to the folder outbox, and not to a server (--config names a file elsewhere)\n`,
    )
    const check = await cli.run(['check'])
    expect(check.stderr).toContain(`no incident-mailer.json, .yaml or .yml in ${check.cwd}`)
    const env = { INCIDENT_MAILER_TRANSPORT__FOLDER: 'out' }
    expect(await cli.run(['send'], { stdin, env })).toMatchObject({ code: 0, stderr: '' })
    const empty = await cli.folder({ 'incident-mailer.yaml': '' })
    expect(await cli.run(['send'], { stdin, cwd: empty })).toMatchObject({ code: 0, stderr: '' })
  })

  it('takes the config file that --config names', async () => {
    const cwd = await cli.folder({
      'etc/soc.yaml': 'from: soc@example.com\ntransport: { folder: ../sent }\n',
    })
    const result = await cli.run(['send', '--config', 'etc/soc.yaml'], { cwd, stdin: JOB })
    expect(reportOn(result)).toMatchObject({ outcome: 'sent', warnings: [] })
    expect(await readdir(join(cwd, 'sent'))).toHaveLength(1)
  })

  it('lets the environment override the config', async () => {
    const { server } = await serverWith({})
    const cwd = await cli.folder({
      'incident-mailer.yml': 'from: soc@example.com\ntransport: { host: 192.0.2.1 }',
    })
    const env = {
      INCIDENT_MAILER_TRANSPORT__HOST: 'localhost',
      INCIDENT_MAILER_TRANSPORT__PORT: String(server.port),
    }
    expect(await cli.run(['send'], { cwd, env, stdin: JOB })).toMatchObject({ code: 0 })
    expect(server.messages).toHaveLength(1)
  })

  it('signs with the identity of the config, and says who signed', async () => {
    const p12 = pkcs12(person('soc@example.com'), 'päss')
    const cosigner = { p12: pkcs12(person('boss@example.com'), 'päss'), passphrase: '$P12_PASSPHRASE' }
    const cwd = await cli.folder({
      'incident-mailer.json': {
        from: 'soc@example.com',
        transport: { folder: 'out' },
        smime: { identity: { p12, passphrase: '$P12_PASSPHRASE' }, cosigners: [cosigner] },
      },
    })
    const report = reportOn(await cli.run(['send'], { cwd, env: { P12_PASSPHRASE: 'päss' }, stdin: JOB }))
    expect(report).toMatchObject({
      signed: true,
      signer: { addresses: ['soc@example.com'] },
      cosigners: [{ addresses: ['boss@example.com'], daysLeft: expect.any(Number) }],
    })
  })
})

describe('the paths in a job', () => {
  const transport = { folder: 'out' }

  it("start at the job's folder, wherever the command runs", async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': { from: 'soc@example.com', transport },
      'jobs/job.json': { ...JOB, attachments: [{ path: './files/a.txt' }] },
      'jobs/files/a.txt': 'evidence',
    })
    expect(await cli.run(['send', '--job', 'jobs/job.json'], { cwd })).toMatchObject({ code: 0 })
  })

  it('start at the working directory for a job on stdin', async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': { from: 'soc@example.com', transport },
      'a.txt': 'evidence',
    })
    const stdin = { ...JOB, attachments: [{ path: 'a.txt' }] }
    expect(await cli.run(['send'], { cwd, stdin })).toMatchObject({ code: 0 })
  })

  it('stay under that folder, or one that the config names', async () => {
    const cwd = await cli.folder({
      'jobs/job.json': { ...JOB, attachments: [{ path: '../evidence/a.txt' }] },
      'evidence/a.txt': 'evidence',
      'incident-mailer.json': { from: 'soc@example.com', transport },
      'open.json': { from: 'soc@example.com', transport, attachmentFolders: ['./evidence'] },
    })
    const refused = await cli.run(['send', '--job', 'jobs/job.json'], { cwd })
    expect(refused.code).toBe(65)
    expect(objectOn(refused).error).toMatchObject({ code: 'FORBIDDEN_PATH', field: 'attachments[0].path' })
    expect(await cli.run(['send', '--job', 'jobs/job.json', '--config', 'open.json'], { cwd })).toMatchObject(
      {
        code: 0,
      },
    )
  })
})

describe('send --dry-run', () => {
  it('does everything but deliver', async () => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['send', '--dry-run'], { cwd, stdin: { ...JOB, bcc: 'c@example.com' } })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const report = reportOn(result)
    expect(report).toMatchObject({
      outcome: null,
      accepted: [],
      rejected: [],
      serverResponse: null,
      envelope: { from: 'soc@example.com', to: ['a@example.com', 'b@example.com', 'c@example.com'] },
      subject: 'R&D',
    })
    expect(report.size).toBeGreaterThan(200)
    expect(report.timings).not.toHaveProperty('deliver')
    expect(server.sessions).toHaveLength(0)
  })

  it('finds what would have gone wrong', async () => {
    const result = await cli.run(['send', '--dry-run'], {
      stdin: { ...JOB, from: 'x', to: 'not an address' },
    })
    expect(result.code).toBe(65)
  })
})

describe('send --eml', () => {
  it('writes the very bytes that were sent, for their owner alone', async () => {
    const { server, cwd } = await serverWith({})
    await writeFile(join(cwd, 'mail.eml'), 'something longer that was there before'.repeat(1000), {
      mode: 0o644,
    })
    const result = await cli.run(['send', '--eml', 'mail.eml'], { cwd, stdin: JOB })
    expect(result.code).toBe(0)
    const bytes = await readFile(join(cwd, 'mail.eml'))
    expect(bytes.length).toBe(reportOn(result).size)
    expect(server.messages[0]?.trimEnd()).toBe(bytes.toString().trimEnd())
    expect((await stat(join(cwd, 'mail.eml'))).mode & 0o777).toBe(0o600)
  })

  it('writes one file for each of several copies', async () => {
    const people = ['a@example.com', 'b@example.com', 'c@example.com']
    const certificates = people.map((address) => person(address).pem)
    const cwd = await cli.folder({})
    const stdin = {
      from: 'soc@example.com',
      to: people[0],
      bcc: people.slice(1),
      subject: 'x',
      body: 'x',
      encryptionCertificates: certificates,
    }
    const result = await cli.run(['send', '--dry-run', '--eml', 'mail.eml'], { cwd, stdin })
    expect(result.code).toBe(0)
    expect((await readdir(cwd)).sort()).toEqual(['mail.eml', 'mail.eml.2', 'mail.eml.3'])
    expect((await stat(join(cwd, 'mail.eml.3'))).mode & 0o777).toBe(0o600)
    expect(reportOn(result)).toMatchObject({ encrypted: true, outcome: null })
  })

  it('takes the place of a link, and leaves alone what it leads to', async () => {
    const { cwd } = await serverWith({})
    await writeFile(join(cwd, 'precious'), 'precious', { mode: 0o644 })
    await symlink('precious', join(cwd, 'mail.eml'))
    const result = await cli.run(['send', '--eml', 'mail.eml'], { cwd, stdin: JOB })
    expect(result.code).toBe(0)
    expect(await readFile(join(cwd, 'precious'), 'utf8')).toBe('precious')
    expect((await stat(join(cwd, 'precious'))).mode & 0o777).toBe(0o644)
    expect((await readFile(join(cwd, 'mail.eml'))).length).toBe(reportOn(result).size)
    expect((await readdir(cwd)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('leaves a device as it is', async () => {
    const { cwd } = await serverWith({})
    const { mode } = await stat('/dev/null')
    expect(await cli.run(['send', '--eml', '/dev/null'], { cwd, stdin: JOB })).toMatchObject({ code: 0 })
    expect((await stat('/dev/null')).mode).toBe(mode)
  })

  it('sends nothing where the file cannot be written', async () => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['send', '--eml', 'nowhere/mail.eml'], { cwd, stdin: JOB })
    expect(result.code).toBe(66)
    expect(objectOn(result).error).toMatchObject({
      code: 'FILE_UNWRITABLE',
      messageId: expect.stringContaining('@example.com>'),
    })
    expect(server.sessions).toHaveLength(0)
  })
})

describe('a server that refuses', () => {
  const refuse = (a: string, b: string): Script => ({ rcpt: { 'a@example.com': a, 'b@example.com': b } })

  it('one recipient leaves a mail that was sent, and a report that says to whom not', async () => {
    const { cwd } = await serverWith(refuse('250 2.1.5 Ok', '550 5.1.1 No such user'))
    const result = await cli.run(['send'], { cwd, stdin: JOB })
    expect(result.code).toBe(0)
    expect(reportOn(result)).toMatchObject({
      outcome: 'partial',
      accepted: ['a@example.com'],
      rejected: [{ address: 'b@example.com', code: 550, enhancedCode: '5.1.1', temporary: false }],
    })
  })

  it.each([
    ['550 5.1.1 No such user', 67],
    ['450 4.2.0 Greylisted', 75],
  ])('one recipient with %s is a failure under --strict: %i', async (reply, code) => {
    const { cwd } = await serverWith(refuse('250 2.1.5 Ok', reply))
    const result = await cli.run(['send', '--strict'], { cwd, stdin: JOB })
    expect(result.code).toBe(code)
    expect(reportOn(result)).toMatchObject({ outcome: 'partial', accepted: ['a@example.com'] })
  })

  it('nobody is a success under --strict as well', async () => {
    const { cwd } = await serverWith({})
    expect(await cli.run(['send', '--strict'], { cwd, stdin: JOB })).toMatchObject({ code: 0 })
  })

  it.each([
    ['550 5.1.1 No', '550 5.1.1 No', 67, false],
    ['450 4.2.0 Later', '550 5.1.1 No', 67, false],
    ['450 4.2.0 Later', '451 4.3.0 Later', 75, true],
  ])('everybody (%s, %s) is a failure with the report and an error: %i', async (a, b, code, temporary) => {
    const { cwd, server } = await serverWith(refuse(a, b))
    const result = await cli.run(['send'], { cwd, stdin: JOB })
    expect(result.code).toBe(code)
    const report = reportOn(result)
    expect(report).toMatchObject({
      outcome: 'failed',
      accepted: [],
      error: { code: 'RECIPIENTS_REFUSED', stage: 'deliver', temporary, messageId: report.messageId },
    })
    expect(report.rejected).toHaveLength(2)
    expect(server.messages.join('')).toBe('')
  })

  it('the password ends with 77, and with 75 where that may pass', async () => {
    const auth = { user: 'soc', pass: 'hunter2' }
    for (const [reply, code] of [
      ['535 5.7.8 hunter2 is wrong', 77],
      ['454 4.7.0 Later', 75],
    ] as const) {
      const { server } = await serverWith({ extensions: ['AUTH PLAIN LOGIN'], auth: reply })
      const cwd = await cli.folder({
        'c.json': { from: 'soc@example.com', transport: { host: '127.0.0.1', port: server.port, auth } },
      })
      const result = await cli.run(['send', '--config', 'c.json'], { cwd, stdin: JOB })
      expect(result.code).toBe(code)
      expect(reportOn(result).error.code).toBe('AUTHENTICATION_FAILED')
      expect(result.stdout + result.stderr).not.toContain('hunter2')
    }
  })
})

describe('a way to the server that ends', () => {
  it('after the data, leaves the outcome unknown: 74, with the report', async () => {
    const { cwd } = await serverWith({ message: drop })
    const result = await cli.run(['send'], { cwd, stdin: JOB })
    expect(result.code).toBe(74)
    const report = reportOn(result)
    expect(report).toMatchObject({ outcome: 'unknown', accepted: [], error: { code: 'OUTCOME_UNKNOWN' } })
    expect(report.error.messageId).toBe(report.messageId)
  })

  it('at a port where nobody listens is 69', async () => {
    const { server, cwd } = await serverWith({})
    await server.stop()
    servers.pop()
    const result = await cli.run(['send'], { cwd, stdin: JOB })
    expect(result.code).toBe(69)
    expect(reportOn(result).error).toMatchObject({
      code: 'CONNECTION_FAILED',
      stage: 'deliver',
      temporary: true,
      messageId: expect.stringContaining('@'),
    })
  })

  it('without the STARTTLS that the config asks for is 76', async () => {
    const { server } = await serverWith({})
    const cwd = await cli.folder({
      'c.json': { from: 'a@b.example', transport: { host: '127.0.0.1', port: server.port, tls: 'starttls' } },
    })
    const result = await cli.run(['send', '--config', 'c.json'], { cwd, stdin: JOB })
    expect(result.code).toBe(76)
    expect(reportOn(result).error.code).toBe('TLS_FAILED')
    expect(server.messages).toHaveLength(0)
  })

  it("at a server that says nothing is 75, when the job's time is up", async () => {
    const { cwd } = await serverWith({ greeting: silence })
    const result = await cli.run(['send'], { cwd, stdin: { ...JOB, timeout: 500 } })
    expect(result.code).toBe(75)
    expect(reportOn(result).error).toMatchObject({ code: 'TIMEOUT', temporary: true })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('by %s is 75, with an error object', async (signal) => {
    const { server, cwd } = await serverWith({ greeting: silence })
    const child = await cli.start(['send'], { cwd, stdin: JOB })
    child.stdin?.end()
    await expect.poll(() => server.sessions.length, { timeout: 20_000 }).toBe(1)
    const stdout = new Promise<string>((resolve) => {
      let all = ''
      child.stdout?.on('data', (chunk) => {
        all += chunk
      })
      child.stdout?.on('end', () => resolve(all))
    })
    child.kill(signal)
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code).toBe(75)
    expect(JSON.parse(await stdout).error).toMatchObject({ code: 'ABORTED', stage: 'deliver' })
  })

  it('by SIGTERM before the job was there is 75', async () => {
    const child = await cli.start(['send'])
    const chunks: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    // More than any buffer on the way holds: once all is written, the command is reading.
    await new Promise((resolve) => child.stdin?.write(' '.repeat(10_000_000), resolve))
    child.kill('SIGTERM')
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(75)
    expect(JSON.parse(Buffer.concat(chunks).toString()).error).toMatchObject({ code: 'ABORTED' })
  })
})

describe('at a terminal, send', () => {
  it('tells people what happened', async () => {
    const { cwd } = await serverWith({ rcpt: { 'b@example.com': '550 5.1.1 No such \u001b[2Juser' } })
    const { code, stdout } = await cli.runInTerminal(['send'], { cwd, stdin: JOB })
    expect(code).toBe(0)
    for (const words of ['Sent to some', 'R&D', 'a@example.com', 'b@example.com: 550 5.1.1', 'for good'])
      expect(stdout).toContain(words)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toContain('{')
  })

  it('says what went wrong on stderr', async () => {
    const { code, stdout, cwd } = await cli.runInTerminal(['send'], {
      stdin: { body: 'x', from: 'a@b.example' },
    })
    expect(code).toBe(65)
    expect(stdout).toBe('')
    expect(await readFile(join(cwd, 'stderr.txt'), 'utf8')).toMatch(/^incident-mailer: /)
  })

  it('prints JSON with --json', async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': { from: 'a@b.example', transport: { folder: 'out' } },
    })
    await mkdir(join(cwd, 'out'))
    const result = await cli.runInTerminal(['send', '--json'], { cwd, stdin: JOB })
    expect(reportOn(result).outcome).toBe('sent')
  })
})
