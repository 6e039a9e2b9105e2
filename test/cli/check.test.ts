import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Script, type ScriptedServer, silence, startScriptedServer } from '../peers/scripted-server.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
const servers: ScriptedServer[] = []

beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serverWith(script: Script, transport: object = {}) {
  const server = await startScriptedServer(script)
  servers.push(server)
  const config = {
    from: 'soc@example.com',
    transport: { host: '127.0.0.1', port: server.port, ...transport },
  }
  return { server, cwd: await cli.folder({ 'incident-mailer.json': config }) }
}

describe('check', () => {
  it('goes the way to the server, step by step, and sends nothing', async () => {
    const { server, cwd } = await serverWith(
      { extensions: ['SIZE 1000', 'AUTH PLAIN'] },
      { auth: { user: 'soc', pass: 'hunter2' } },
    )
    const result = await cli.run(['check'], { cwd })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const report = objectOn(result)
    expect(report.ok).toBe(true)
    expect(report.steps.map(({ step }: { step: string }) => step)).toEqual([
      'dns',
      'connect',
      'tls',
      'offered',
      'authenticate',
    ])
    for (const step of report.steps)
      expect(step).toEqual({
        step: expect.any(String),
        ok: true,
        milliseconds: expect.any(Number),
        message: expect.any(String),
        error: null,
      })
    expect(server.messages).toHaveLength(0)
    expect(result.stdout).not.toContain('hunter2')
  })

  it.each([
    ['nonsense', 'INVALID_ADDRESS'],
    ['', 'NO_RECIPIENTS'],
    ['me@example.com, nobody', 'INVALID_ADDRESS'],
  ])('does not connect for --to %j, to which no mail can go', async (to, code) => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['check', '--to', to], { cwd })
    expect(result.code).toBe(65)
    expect(objectOn(result).error).toMatchObject({ code, stage: 'request', field: 'to' })
    expect(server.sessions).toEqual([])
  })

  it('sends a test mail with --to', async () => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['check', '--to', 'me@example.com'], { cwd })
    expect(result.code).toBe(0)
    expect(objectOn(result).steps.at(-1)).toMatchObject({ step: 'send', ok: true })
    expect(server.commands('RCPT')).toEqual(['RCPT TO:<me@example.com>'])
  })

  it.each<[string, Script, object, string[], string, number]>([
    [
      'a password that is refused',
      { extensions: ['AUTH PLAIN'], auth: '535 5.7.8 No' },
      { auth: { user: 'a', pass: 'b' } },
      [],
      'authenticate',
      77,
    ],
    ['a server without the TLS that is asked for', {}, { tls: 'starttls' }, [], 'tls', 76],
    [
      'a test mail that is refused',
      { rcpt: { 'me@example.com': '550 5.1.1 No' } },
      {},
      ['--to', 'me@example.com'],
      'send',
      67,
    ],
    [
      'a test mail that is refused for now',
      { rcpt: { 'me@example.com': '450 4.2.0 Later' } },
      {},
      ['--to', 'me@example.com'],
      'send',
      75,
    ],
  ])('ends at %s', async (_, script, transport, args, step, code) => {
    const { cwd } = await serverWith(script, transport)
    const result = await cli.run(['check', ...args], { cwd })
    expect(result.code).toBe(code)
    const report = objectOn(result)
    expect(report.ok).toBe(false)
    expect(report.steps.at(-1)).toMatchObject({ step, ok: false, error: { code: expect.any(String) } })
  })

  it('ends where nobody listens, with 69', async () => {
    const { server, cwd } = await serverWith({})
    await server.stop()
    servers.pop()
    const result = await cli.run(['check'], { cwd })
    expect(result.code).toBe(69)
    expect(objectOn(result).steps.at(-1)).toMatchObject({ step: 'connect', ok: false })
  })

  it('ends when its time is up, with 75', async () => {
    const { server } = await serverWith({ greeting: silence })
    const transport = { host: '127.0.0.1', port: server.port }
    const cwd = await cli.folder({ 'incident-mailer.json': { from: 'a@b.example', timeout: 500, transport } })
    const result = await cli.run(['check'], { cwd })
    expect(result.code).toBe(75)
    expect(objectOn(result).error.code).toBe('TIMEOUT')
  })

  it.each([
    ['smime.identity', { identity: { p12: 'gone.p12' } }, 'FILE_NOT_FOUND', 66],
    ['smime.identity', { identity: { p12: 'incident-mailer.json' } }, 'IDENTITY_UNREADABLE', 78],
  ])('fails at %s that does not load, and says what to do', async (field, smime, code, exitCode) => {
    const config = { from: 'soc@example.com', transport: { folder: 'outbox' }, smime }
    const cwd = await cli.folder({ 'incident-mailer.json': config })
    const result = await cli.run(['check'], { cwd })
    expect(objectOn(result)).toEqual({
      ok: false,
      steps: [
        {
          step: 'identity',
          ok: false,
          milliseconds: expect.any(Number),
          message: expect.stringContaining(field),
          error: expect.objectContaining({ code, field: `${field}.p12` }),
        },
      ],
    })
    expect(result.code).toBe(exitCode)
  })

  it('tells people at a terminal', async () => {
    const { cwd } = await serverWith({})
    const { code, stdout } = await cli.runInTerminal(['check'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/ok +connect/)
    expect(stdout).toContain('All went well.')
  })
})
