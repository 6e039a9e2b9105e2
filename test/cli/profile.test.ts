import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGraph } from '../peers/graph.js'
import { startScriptedServer } from '../peers/scripted-server.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const host = ['--host', 'mail.example.com']

describe('profile', () => {
  it('add, list, show, copy, edit, default and remove: nobody is shown a password', async () => {
    const cwd = await cli.folder({})
    const run = async (...args: string[]) => {
      const result = await cli.run(['profile', ...args], { cwd, stdin: 'hunter2\n' })
      expect(result.stdout + result.stderr).not.toContain('hunter2')
      expect(result).toMatchObject({ code: 0, stderr: '' })
      return objectOn(result)
    }
    const add = [
      '--user',
      'robot',
      '--from',
      'SOC <soc@example.com>',
      '--port',
      '2525',
      '--signature',
      'Your SOC',
    ]
    expect(await run('add', 'soc', ...host, ...add)).toEqual({
      file: join(cwd, 'incident-mailer.json'),
      name: 'soc',
      default: 'soc',
      notes: [],
    })
    expect(JSON.parse(await readFile(join(cwd, 'incident-mailer.secrets.json'), 'utf8'))).toEqual({
      PROFILE_soc_PASSWORD: 'hunter2',
    })
    await run('copy', 'soc')
    expect(await run('show', 'soc_copied')).toMatchObject({
      ...{ name: 'soc_copied', default: false, type: 'smtp', host: 'mail.example.com', port: 2525 },
      ...{ user: 'robot', password: 'not set', from: 'SOC <soc@example.com>', signature: 'Your SOC' },
      unusable: expect.stringContaining('no password'),
    })
    await run('edit', 'soc_copied', '--password', '--default', '--description', 'The other one')
    const { profiles } = await run('list')
    expect(profiles).toMatchObject([
      { name: 'soc', default: false, password: 'set', unusable: null },
      { name: 'soc_copied', default: true, password: 'set', description: 'The other one' },
    ])
    await run('default', 'soc')
    expect(await run('show')).toMatchObject({ name: 'soc', tls: 'starttls' })
    expect(await run('remove', 'soc', '--default', 'soc_copied')).toMatchObject({ default: 'soc_copied' })
    const listed = await cli.runInTerminal(['profile', 'list'], { cwd })
    expect(listed.stdout).toContain('soc_copied  mail.example.com:2525  SOC <soc@example.com>  (default)')
  })

  it.each([
    [['profile', 'add', 'soc', ...host, '--user', 'a'], 64, 'there is no password on stdin'],
    [
      ['profile', 'add', 'soc', ...host, '--user', 'a', '--password-variable', 'hunter-2'],
      64,
      'name of a variable',
    ],
    [['profile', 'add', 'soc', ...host, '--password=hunter2'], 64, '--password'],
    [['profile', 'add', 'soc', ...host, '--password-variable', 'X'], 64, 'a password needs a user'],
    [['profile', 'add', 'so c', ...host], 78, 'profiles["so c"] must have a name of at most 50 letters'],
    [['profile', 'add', 'soc', '--user', 'a'], 64, 'a profile needs its mail server: --host NAME'],
    [['profile', 'add', 'soc', ...host, '--port', 'x'], 64, '--port is a number'],
    [
      ['profile', 'add', 'soc', ...host, '--tls', 'startls'],
      78,
      'and not "startls"; did you mean "starttls"?',
    ],
    [['profile', 'add', 'soc', ...host, '--from', 'nonsense'], 78, 'profiles.soc.from: "nonsense" is not a'],
    [
      ['profile', 'add', 'soc', ...host, '--from', 'a@b.example, c@d.example'],
      78,
      'it has to be one address',
    ],
    [['profile', 'edit', 'soc'], 64, 'there is nothing to change'],
    [['profile', 'remove', 'soc'], 78, 'there is no profile "soc"'],
    [['profile', 'test', 'soc'], 64, '--to ADDRESS'],
    [['profile', 'show'], 78, 'there is no default profile; there are none'],
    [['send', '--profile', 'soc'], 78, 'there is no profile "soc"; there are none'],
  ])('%j is an error', async (args, code, message) => {
    const result = await cli.run(args, { stdin: args[0] === 'send' ? {} : undefined })
    expect(result.code).toBe(code)
    expect(objectOn(result).error.message).toContain(message)
    expect(result.stdout + result.stderr).not.toMatch(/hunter-?2/)
  })

  it.each([
    ['the first', ['add', 'lab', ...host, '--from', 'lab@example.com'], {}, 'transport and from hold'],
    ['the first, without an author', ['add', 'lab', ...host], {}, 'transport holds'],
    [
      'one chosen later',
      ['default', 'old'],
      { profiles: { old: { transport: { host: 'b' } } } },
      'transport',
    ],
    [
      'an edited one',
      ['edit', 'old', '--default'],
      { profiles: { old: { transport: { host: 'b' } } } },
      'tr',
    ],
  ])('says that the own settings hold no more where %s becomes the default', async (_, args, more, what) => {
    const own = { from: 'soc@example.com', transport: { host: 'a' }, ...more }
    const cwd = await cli.folder({ 'incident-mailer.json': own })
    const result = await cli.run(['profile', ...args], { cwd })
    expect(result.code).toBe(0)
    const [note] = objectOn(result).notes
    expect(note).toMatch(/^mails go by the profile (?:lab|old) from now on/)
    expect(note).toContain(`the config file's own ${what}`)
    expect(note).toContain(`take "profile" out of ${join(cwd, 'incident-mailer.json')}`)
    expect(result.stderr).toBe(`incident-mailer: ${note}\n`)
    const second = await cli.run(['profile', 'add', 'two', ...host, '--default'], { cwd })
    expect(second).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    ['nonsense', 78],
    ['soc@', 78],
    ['SOC <soc@example.com>', 0],
    ['$SOC_FROM', 0],
    ['', 0],
  ])('edit takes an author that is an address: %j', async (from, code) => {
    const before = JSON.stringify({ profiles: { soc: { from: 'a@b.example', transport: { host: 'a' } } } })
    const cwd = await cli.folder({ 'incident-mailer.json': before })
    expect(await cli.run(['profile', 'edit', 'soc', '--from', from], { cwd })).toMatchObject({ code })
    const after = await readFile(join(cwd, 'incident-mailer.json'), 'utf8')
    if (code !== 0) expect(after).toBe(before)
    else expect(JSON.parse(after).profiles.soc.from).toBe(from === '' ? undefined : from)
  })

  it('says nothing of own settings that hold still', async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': { transport: { host: 'a' }, profiles: { old: { transport: { host: 'b' } } } },
    })
    const added = await cli.run(['profile', 'add', 'lab', ...host], { cwd })
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(objectOn(added)).toMatchObject({ default: null, notes: [] })
  })

  it('asks at a terminal for a password, and does not show what is typed', async () => {
    const cwd = await cli.folder({})
    const result = await cli.runInTerminal(['profile', 'add', 'soc', ...host, '--user', 'a', '--json'], {
      cwd,
      stdin: 'hunter2\n',
    })
    expect(result.code).toBe(0)
    expect(result.stdout).not.toContain('hunter2')
  })

  it('of type graph: added, shown without its secret, and tested (a stand-in)', async () => {
    const graph = await startGraph()
    const cwd = await cli.folder({})
    const run = async (...args: string[]) => {
      const result = await cli.run(['profile', ...args], { cwd, stdin: 'hunter2-secret\n' })
      expect(result.stdout + result.stderr).not.toContain('hunter2')
      expect(result.code).toBe(0)
      return objectOn(result)
    }
    try {
      const flags = ['--type', 'graph', '--client-id', 'app', '--tenant', 'example.com']
      await run('add', 'soc', ...flags, '--user', 'soc@example.com', '--from', 'soc@example.com')
      expect(await run('show', 'soc')).toMatchObject({
        ...{ type: 'graph', host: 'graph.microsoft.com', port: 443, user: 'soc@example.com' },
        ...{ password: 'set', unusable: null },
      })
      const file = join(cwd, 'incident-mailer.json')
      const config = JSON.parse(await readFile(file, 'utf8'))
      const { graph: settings } = config.profiles.soc.transport
      settings.baseUrl = `${graph.base}/v1.0`
      settings.oauth.tokenUrl = `${graph.base}/token`
      await writeFile(file, JSON.stringify(config))
      const report = await run('test', 'soc', '--to', 'me@example.com')
      expect(report).toMatchObject({ outcome: 'sent', accepted: ['me@example.com'] })
      expect(graph.grants[0]?.get('client_secret')).toBe('hunter2-secret')
      const [post] = graph.posts
      expect(post?.path).toBe('/v1.0/users/soc%40example.com/sendMail')
      expect(post?.message).toMatch(/Host: 127\.0\.0\.1\s+Port: \d+\s+Type: graph\s+User: soc@example\.com/)
    } finally {
      await graph.stop()
    }
  })

  it('test is judged by the guard, with the label that --tlp gives it', async () => {
    const server = await startScriptedServer()
    const cwd = await cli.folder({
      'incident-mailer.json': {
        profiles: { soc: { from: 'soc@example.com', transport: { host: '127.0.0.1', port: server.port } } },
        guard: { recipients: ['example.com'], tlp: { red: { recipients: ['ciso@example.com'] } } },
      },
    })
    const test = (to: string, ...label: readonly string[]) =>
      cli.run(['profile', 'test', 'soc', '--to', to, ...label], { cwd })
    for (const [to, label, field] of [
      ['ciso@example.com', [], 'guard.tlp'],
      ['me@example.com', ['--tlp', 'red'], 'guard.tlp.red.recipients'],
      ['me@elsewhere.example', ['--tlp', 'green'], 'guard.recipients'],
    ] as const) {
      const refused = await test(to, ...label)
      expect(refused.code).toBe(77)
      expect(objectOn(refused).error).toMatchObject({ code: 'GUARD_REFUSED', field })
    }
    expect((await test('ciso@example.com', '--tlp', 'purple')).code).toBe(64)
    expect(server.messages).toEqual([])
    expect((await test('ciso@example.com', '--tlp', 'RED')).code).toBe(0)
    expect(server.messages).toHaveLength(1)
    await server.stop()
  })

  it('test sends a mail that names host, port, type and user', async () => {
    const server = await startScriptedServer({ extensions: ['AUTH PLAIN'] })
    const cwd = await cli.folder({
      'incident-mailer.json': {
        profiles: {
          soc: {
            from: 'soc@example.com',
            transport: { host: '127.0.0.1', port: server.port, auth: { user: 'robot', pass: '$PASS' } },
          },
        },
      },
    })
    const args = ['profile', 'test', 'soc', '--to', 'me@example.com']
    const result = await cli.run(args, { cwd, env: { PASS: 'hunter2' } })
    const unusable = await cli.run(args, { cwd })
    await server.stop()
    expect(result.code).toBe(0)
    expect(objectOn(result).accepted).toEqual(['me@example.com'])
    for (const line of ['Host: 127.0.0.1', `Port: ${server.port}`, 'Type: smtp', 'User: robot'])
      expect(server.messages[0]).toContain(line)
    expect(server.messages[0]).not.toContain('hunter2')
    expect(unusable.code).toBe(78)
    expect(objectOn(unusable).error.message).toContain('the environment has no PASS')
  })

  it.each([
    ['the flag', ['send', '--profile', 'two'], {}],
    ['the job', ['send'], { profile: 'two' }],
  ])('is chosen by %s', async (_, args, extra) => {
    const server = await startScriptedServer()
    const server2 = { transport: { host: '127.0.0.1', port: server.port } }
    const cwd = await cli.folder({
      'incident-mailer.json': {
        from: 'soc@example.com',
        profiles: { one: { transport: { host: 'no-such-host.invalid' } }, two: server2 },
        profile: 'one',
      },
    })
    const stdin = { to: 'ciso@example.com', subject: 'Hi', body: 'Hi', ...extra }
    const result = await cli.run(args, { cwd, stdin })
    await server.stop()
    expect(result.code).toBe(0)
    expect(server.messages).toHaveLength(1)
  })
})
