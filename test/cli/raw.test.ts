import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Script, type ScriptedServer, startScriptedServer } from '../peers/scripted-server.js'
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

const MESSAGE = 'From: soc@example.com\nTo: a@example.com\nBcc: b@example.com\nSubject: S\n\nAll quiet.\n'

async function serverWith(script: Script, config: object = {}) {
  const server = await startScriptedServer(script)
  servers.push(server)
  const transport = { host: '127.0.0.1', port: server.port }
  const cwd = await cli.folder({ 'incident-mailer.json': { transport, ...config } })
  return { server, cwd }
}

describe('raw', () => {
  it('sends the message on stdin, or in a file, and prints the report', async () => {
    const { server, cwd } = await serverWith({})
    await writeFile(join(cwd, 'mail.eml'), MESSAGE)
    for (const result of [
      await cli.run(['raw'], { cwd, stdin: MESSAGE }),
      await cli.run(['raw', 'mail.eml'], { cwd }),
    ]) {
      expect(result.code).toBe(0)
      expect(objectOn(result)).toMatchObject({
        outcome: 'sent',
        accepted: ['a@example.com', 'b@example.com'],
      })
    }
    const sent = 'From: soc@example.com\r\nTo: a@example.com\r\nSubject: S\r\n\r\nAll quiet.\r\n'
    expect(server.messages).toEqual([sent, sent])
    expect(server.commands('MAIL')[0]).toContain('<soc@example.com>')
  })

  it('with --dry-run sends nothing, and a guard is asked all the same', async () => {
    const { server, cwd } = await serverWith({}, { guard: { recipients: ['a@example.com'] } })
    const result = await cli.run(['raw', '--dry-run'], { cwd, stdin: MESSAGE })
    expect(result.code).toBe(77)
    expect(objectOn(result).error).toMatchObject({ code: 'GUARD_REFUSED', field: 'guard.recipients' })
    const passing = await cli.run(['raw', '--dry-run'], { cwd, stdin: MESSAGE.replace(/Bcc.*\n/, '') })
    expect(objectOn(passing)).toMatchObject({ outcome: null, envelope: { to: ['a@example.com'] } })
    expect(server.sessions).toEqual([])
  })

  it('is judged by the label of --tlp', async () => {
    const { cwd } = await serverWith({}, { guard: { tlp: { red: { recipients: [] } } } })
    expect((await cli.run(['raw', '--tlp', 'RED'], { cwd, stdin: MESSAGE })).code).toBe(77)
    expect((await cli.run(['raw', '--tlp', 'green'], { cwd, stdin: MESSAGE })).code).toBe(0)
    expect((await cli.run(['raw'], { cwd, stdin: MESSAGE })).code).toBe(77)
    expect((await cli.run(['raw', '--tlp', 'rad'], { cwd, stdin: MESSAGE })).code).toBe(64)
  })

  it('asks for the notifications of --dsn', async () => {
    const { server, cwd } = await serverWith({ extensions: ['DSN'] })
    expect((await cli.run(['raw', '--dsn', 'Failure, delay'], { cwd, stdin: MESSAGE })).code).toBe(0)
    expect((await cli.run(['raw', '--dsn', 'never'], { cwd, stdin: MESSAGE })).code).toBe(0)
    const asked = server.commands('RCPT').map((line) => line.match(/NOTIFY=\S+/)?.[0])
    expect(asked).toEqual(['NOTIFY=FAILURE,DELAY', 'NOTIFY=FAILURE,DELAY', 'NOTIFY=NEVER', 'NOTIFY=NEVER'])
    for (const wrong of ['sucess', '', 'never,failure'])
      expect((await cli.run(['raw', '--dsn', wrong], { cwd, stdin: MESSAGE })).code).toBe(64)
  })

  it('exits with 76 where the server has none, and sends nothing', async () => {
    const { server, cwd } = await serverWith({})
    const result = await cli.run(['raw', '--dsn', 'success'], { cwd, stdin: MESSAGE })
    expect(result.code).toBe(76)
    const { error } = objectOn(result)
    // It has no Message-ID.
    expect(error).toMatchObject({ code: 'DSN_UNSUPPORTED', field: 'dsn', messageId: null })
    expect(error.message).toContain('raw: --dsn-optional')
    expect(server.messages).toEqual([])
    expect((await cli.run(['raw', '--dsn-optional'], { cwd, stdin: MESSAGE })).code).toBe(64)
    const sent = await cli.run(['raw', '--dsn', 'success', '--dsn-optional'], { cwd, stdin: MESSAGE })
    expect(sent.code).toBe(0)
    expect(objectOn(sent)).toMatchObject({
      messageId: '',
      warnings: [{ code: 'NO_MESSAGE_ID' }, { code: 'DSN_UNSUPPORTED' }],
    })
    expect(server.messages).toHaveLength(1)
  })

  it('refuses what is no message with 65, and a file that is not there with 66', async () => {
    const { cwd } = await serverWith({})
    expect((await cli.run(['raw'], { cwd, stdin: 'Dear all,\n\nhi' })).code).toBe(65)
    expect((await cli.run(['raw', 'missing.eml'], { cwd })).code).toBe(66)
  })
})
