import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startScriptedServer } from '../peers/scripted-server.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

describe('config', () => {
  it('shows every setting that holds, and where it came from', async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': {
        from: 'soc@example.com',
        transport: { host: 'mail.example.com', auth: { user: '$SMTP_USER', pass: 'hunter2' } },
        smime: { identity: { p12: 'soc.p12', passphrase: '$EMPTY' } },
      },
    })
    const env = { SMTP_USER: 'soc', EMPTY: '', INCIDENT_MAILER_TRANSPORT__PORT: '2525' }
    const result = await cli.run(['config'], { cwd, env })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const { file, settings, notes } = objectOn(result)
    expect(file).toBe(`${cwd}/incident-mailer.json`)
    expect(notes).toEqual([])
    const one = (setting: string) => settings.find((row: { setting: string }) => row.setting === setting)
    expect(one('from')).toEqual({ setting: 'from', value: 'soc@example.com', origin: 'file', name: 'from' })
    expect(one('transport.port')).toMatchObject({
      value: 2525,
      origin: 'environment',
      name: 'INCIDENT_MAILER_TRANSPORT__PORT',
    })
    expect(one('transport.auth.user')).toMatchObject({
      value: 'soc',
      origin: 'environment',
      name: 'SMTP_USER',
    })
    expect(one('transport.auth.pass')).toMatchObject({ value: 'set', origin: 'file' })
    expect(one('smime.identity.passphrase')).toMatchObject({ value: 'not set', origin: 'environment' })
    expect(one('transport.tls')).toEqual({
      ...{ setting: 'transport.tls', value: 'starttls', origin: 'default', name: null },
    })
    expect(one('transport.verify')).toMatchObject({ value: true, origin: 'default' })
    expect(one('timeout')).toMatchObject({ value: 60_000, origin: 'default' })
    expect(result.stdout).not.toContain('hunter2')
  })

  describe('where mails go by a profile', () => {
    const lab = { from: 'lab@example.com', transport: { host: 'lab.example.com', port: 2525 } }
    const night = { transport: { host: 'night.example.com', auth: { user: 'robot', pass: '$PASS' } } }
    const own = { from: 'soc@example.com', transport: { host: 'mail.example.com', maxMessages: 7 } }
    const shown = async (config: object, args: readonly string[] = [], env = {}) => {
      const cwd = await cli.folder({ 'incident-mailer.json': config })
      const result = await cli.run(['config', ...args], { cwd, env })
      expect(result).toMatchObject({ code: 0, stderr: '' })
      const { settings, notes } = objectOn(result)
      const rows: { setting: string; value: unknown; origin: string; name: string }[] = settings
      const held = Object.fromEntries(rows.map(({ setting, ...rest }) => [setting, rest]))
      return { held, notes }
    }

    it('shows its transport and author, and says that those of the file do not hold', async () => {
      const { held, notes } = await shown({ ...own, profiles: { lab }, profile: 'lab' })
      expect(held).toMatchObject({
        'transport.host': { value: 'lab.example.com', origin: 'profile', name: 'lab' },
        'transport.port': { value: 2525, origin: 'profile', name: 'lab' },
        'transport.tls': { value: 'starttls', origin: 'default', name: null },
        'transport.maxMessages': { origin: 'default' },
        from: { value: 'lab@example.com', origin: 'profile', name: 'lab' },
      })
      expect(notes).toEqual([
        "mails go by the profile lab: the config file's own transport and from do not hold",
      ])
      const cwd = await cli.folder({ 'incident-mailer.json': { ...own, profiles: { lab }, profile: 'lab' } })
      const { stdout } = await cli.runInTerminal(['config'], { cwd })
      expect(stdout).toMatch(/^transport\.host +lab\.example\.com +\(profile lab\)/m)
      expect(stdout).toContain('Note: mails go by the profile lab')
    })

    it('and of no folder, where the file has no transport', async () => {
      const { held, notes } = await shown({ profiles: { lab }, profile: 'lab' })
      expect(held).not.toHaveProperty('transport.folder')
      expect(held['transport.host']).toMatchObject({ value: 'lab.example.com' })
      expect(notes).toEqual([])
    })

    it('shows the one that --profile names, with the author of all, and why it cannot be used yet', async () => {
      const config = { ...own, profiles: { lab, night }, profile: 'lab' }
      const { held, notes } = await shown(config, ['--profile', 'night'])
      expect(held).toMatchObject({
        'transport.host': { value: 'night.example.com', origin: 'profile', name: 'night' },
        from: { value: 'soc@example.com', origin: 'file' },
      })
      expect(notes).toEqual([
        "mails go by the profile night: the config file's own transport does not hold",
        expect.stringMatching(/^the profile night cannot be used yet: .*no PASS/),
      ])
      const usable = await shown(config, ['--profile', 'night'], { PASS: 'hunter2' })
      for (const { held } of [await shown(config), usable])
        expect(Object.keys(held).filter((setting) => setting.endsWith('unusable'))).toEqual([])
      expect(usable.held['transport.auth.pass']).toEqual({ value: 'set', origin: 'profile', name: 'night' })
      expect(JSON.stringify(usable)).not.toContain('hunter2')
    })

    it.each(['constructor', '__proto__'])('takes %s for the name of a profile, and of none', async (name) => {
      const cwd = await cli.folder({ 'incident-mailer.json': { profiles: { lab } } })
      const result = await cli.run(['config', '--profile', name], { cwd })
      expect(result.code).toBe(78)
      expect(objectOn(result).error.message).toBe(`there is no profile "${name}"; there are lab`)
    })

    it.each([
      [['config', '--profile', 'lob'], { profiles: { lab } }],
      [['config'], { profiles: { lab }, profile: 'lob' }],
    ])('refuses one that there is not: %j', async (args, config) => {
      const result = await cli.run(args, { cwd: await cli.folder({ 'incident-mailer.json': config }) })
      expect(result.code).toBe(78)
      expect(objectOn(result).error.message).toBe('there is no profile "lob"; did you mean lab?')
    })
  })

  it.each<[object, object, string[]]>([
    [{}, { 'transport.folder': 'outbox', timeout: 60_000 }, ['transport.port', 'transport.auth']],
    [
      { transport: { folder: '/sent' } },
      { 'transport.folder': '/sent', timeout: 60_000 },
      ['transport.port', 'transport.auth'],
    ],
    [
      { transport: { host: 'mail.example.com' } },
      { 'transport.auth': 'not set', 'transport.port': 587, timeout: 60_000 },
      ['transport.folder'],
    ],
  ])('shows of the defaults those of the transport that holds: %j', async (config, values, absent) => {
    const cwd = await cli.folder({ 'incident-mailer.json': config })
    const { settings } = objectOn(await cli.run(['config'], { cwd }))
    const rows: { setting: string; value: unknown }[] = settings
    const held = Object.fromEntries(rows.map(({ setting, value }) => [setting, value]))
    expect(held).toMatchObject(values)
    for (const setting of absent) expect(Object.keys(held)).not.toContain(setting)
  })

  it('says in words what holds on loopback, where no way of TLS is written', async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': {
        transport: { host: '127.0.0.1' },
        profiles: { here: { transport: { host: 'localhost' } } },
      },
    })
    const { settings } = objectOn(await cli.run(['config'], { cwd }))
    expect(settings).toContainEqual({
      ...{ setting: 'transport.tls', value: 'starttls where offered (loopback)' },
      ...{ origin: 'default', name: null },
    })
    expect(objectOn(await cli.run(['profile', 'show', 'here'], { cwd }))).toMatchObject({
      tls: 'starttls where offered (loopback)',
    })
  })

  it.each([
    ['in a URL', { transport: 'smtp://soc:hunter2@mail.example.com' }, {}],
    ['in a variable', { transport: { host: 'a', auth: { user: 'a', pass: '$X' } } }, { X: 'hunter2' }],
    [
      'in PEM',
      { smime: { identity: { certificate: 'c', privateKey: '-----BEGIN PRIVATE KEY-----\nhunter2' } } },
      {},
    ],
  ])('never shows a secret (%s)', async (_, config, env) => {
    const cwd = await cli.folder({ 'incident-mailer.json': config })
    const [json, text] = [
      await cli.run(['config'], { cwd, env }),
      await cli.runInTerminal(['config'], { cwd, env }),
    ]
    expect([json.code, text.code]).toEqual([0, 0])
    expect(json.stdout + text.stdout).not.toContain('hunter2')
  })

  it('shows of the secrets of Graph only whether they are set, and of a proxy not who logs in', async () => {
    const oauth = { clientId: 'app', clientSecret: 'hunter2', username: 'soc', password: 'hunter2' }
    const graph = { oauth: { ...oauth, refreshToken: 'hunter2' } }
    const profiles = { soc: { type: 'graph', transport: { graph } } }
    const proxied = { transport: { host: 'mail', proxy: 'socks5://robot:hunter2@proxy' } }
    const cwd = await cli.folder({
      'incident-mailer.json': { transport: { graph }, profiles: { ...profiles, proxied } },
    })
    const result = await cli.run(['config'], { cwd })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toContain('profiles.soc.transport.graph.oauth.password')
    expect(result.stdout).toContain('socks5://***@proxy')
    expect(result.stdout).not.toContain('hunter2')
  })

  it.each([
    ' http://robot:hunter2@proxy',
    'http:robot:hunter2@proxy',
    'http:/robot:hunter2@proxy',
    'http:\\\\robot:hunter2@proxy',
    'ht\ttp://robot:hunter2@proxy',
    'HTTP://robot:hunter2@hunter2@proxy',
  ])('shows no password of a proxy that is written %j', async (proxy) => {
    const profiles = { a: { transport: { host: 'mail', proxy } } }
    const cwd = await cli.folder({ 'incident-mailer.json': { transport: { host: 'mail', proxy }, profiles } })
    const shown = await cli.run(['config'], { cwd })
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('***@proxy')
    await cli.run(['profile', 'copy', 'a', 'b'], { cwd })
    const copied = JSON.parse(await readFile(join(cwd, 'incident-mailer.json'), 'utf8')).profiles.b
    expect(copied.transport.proxy).toMatch(/proxy$/)
    expect(shown.stdout + JSON.stringify(copied)).not.toContain('hunter2')
  })

  it('shows each of several transports and cosigners, without their secrets', async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': {
        transport: {
          transports: [
            { transport: 'smtp://robot:hunter2@one.example.com', weight: 2 },
            { transport: { host: 'two.example.com', auth: { user: 'u', pass: '$SMTP_PASSWORD' } } },
            {
              transport: {
                graph: { oauth: { clientId: 'app', clientSecret: 'hunter2', proxy: 'http://u:hunter2@p' } },
                proxy: 'http://robot:hunter2@proxy',
              },
            },
          ],
        },
        smime: { cosigners: [{ p12: 'deputy.p12', passphrase: 'hunter2' }] },
      },
    })
    const { code, stdout } = await cli.run(['config'], { cwd, env: { SMTP_PASSWORD: 'hunter2' } })
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/hunter2|\[object/)
    const settings: { setting: string; value: unknown; origin: string; name: string }[] =
      JSON.parse(stdout).settings
    const shown = Object.fromEntries(settings.map(({ setting, ...rest }) => [setting, rest]))
    expect(shown).toMatchObject({
      'transport.transports[0].transport': { value: 'smtp://***@one.example.com' },
      'transport.transports[1].transport.auth.pass': {
        ...{ value: 'set', origin: 'environment', name: 'SMTP_PASSWORD' },
      },
      'transport.transports[2].transport.proxy': { value: 'http://***@proxy' },
      'transport.transports[2].transport.graph.oauth.proxy': { value: 'http://***@p' },
      'transport.transports[2].transport.graph.oauth.clientSecret': { value: 'set' },
      'smime.cosigners[0].passphrase': { value: 'set' },
    })
  })

  it('shows an app.config in its own words, with what could be safer', async () => {
    const cwd = await cli.folder({
      'app.config':
        '[fn_outbound_email]\nsmtp_server=mail.example.com\nsmtp_ssl_mode=None\nsmtp_user=a@b.example\n',
    })
    const { code, stdout } = await cli.runInTerminal(['config', '--config', 'app.config'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/transport\.host +mail\.example\.com +\(smtp_server\)/)
    expect(stdout).toMatch(/Note: .*app\.config: smtp_ssl_mode=None .*write smtp_ssl_mode=starttls/)
  })
})

describe('a mail with an app.config', () => {
  it('is sent by its settings, and says on stderr what could be safer', async () => {
    const server = await startScriptedServer()
    const cwd = await cli.folder({
      'app.config': `[fn_outbound_email]\nsmtp_server=127.0.0.1\nsmtp_port=${server.port}\nsmtp_ssl_mode=None\nfrom_email_address=soc@example.com\n[fn_outbound_email:templates]\nOne=one.jinja\n`,
      'one.jinja': 'Incident {{ incident.id }}: {{ incident.name }}',
    })
    const stdin = { to: 'ciso@example.com', template: 'ONE', incident: { id: 7, name: 'Lost laptop' } }
    const result = await cli.run(['send', '--config', 'app.config'], { cwd, stdin })
    await server.stop()
    expect(result.code).toBe(0)
    expect(objectOn(result).outcome).toBe('sent')
    expect(result.stderr).toContain('write smtp_ssl_mode=starttls')
    expect(server.messages[0]).toContain('Incident 7: Lost laptop')
  })
})
