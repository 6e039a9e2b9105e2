import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  addProfile,
  copyProfile,
  editProfile,
  makeDefault,
  type ProfileChanges,
  removeProfile,
} from '../../src/config/edit-profiles.js'
import { loadProfiles } from '../../src/config/load-profiles.js'

let root: string
let cwd: string
let count = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'profiles-'))
})
afterAll(() => rm(root, { recursive: true }))
beforeEach(async () => {
  cwd = join(root, String(++count))
  await mkdir(cwd)
})

const write = (text: string, name = 'incident-mailer.json') => writeFile(join(cwd, name), text)
const read = (name = 'incident-mailer.json') => readFile(join(cwd, name), 'utf8')
const config = async () => JSON.parse(await read())
const load = (env: Readonly<Record<string, string>> = {}) => loadProfiles({ cwd, env })
const mode = async (name: string) => ((await stat(join(cwd, name))).mode & 0o777).toString(8)

function changes(given: Partial<ProfileChanges> = {}): ProfileChanges {
  return { texts: {}, transport: { host: 'mail.example.com' }, makeDefault: false, ...given }
}

const withPassword = changes({
  transport: { host: 'mail.example.com', user: 'soc' },
  password: { secret: '$hunter2' },
})

describe('a profile', () => {
  it('has a name, a type, a sender, a signature, a description and a server', async () => {
    await write(
      JSON.stringify({
        profiles: {
          soc_1: {
            type: 'smtp',
            from: 'SOC <soc@example.com>',
            signature: 'Your SOC',
            description: 'For alerts',
            transport: { host: 'mail.example.com', caFile: 'ca.pem', auth: { user: 'soc', pass: '$PASS' } },
          },
        },
        profile: 'soc_1',
      }),
    )
    expect(await load({ PASS: 'x' })).toEqual({
      profile: 'soc_1',
      profiles: {
        soc_1: {
          type: 'smtp',
          from: 'SOC <soc@example.com>',
          signature: 'Your SOC',
          description: 'For alerts',
          transport: {
            host: 'mail.example.com',
            caFile: join(cwd, 'ca.pem'),
            auth: { user: 'soc', pass: 'x' },
          },
        },
      },
    })
  })

  it.each([
    ['a b', {}, 'profiles["a b"] must have a name of at most 50 letters, digits and underscores'],
    ['x'.repeat(51), {}, 'must have a name of at most 50 letters'],
    ['soc', { signature: 'x'.repeat(251) }, 'profiles.soc.signature must have at most 250 characters'],
    ['soc', { description: 'x'.repeat(1001) }, 'at most 1,000 characters'],
    ['soc', { type: 'pop3' }, 'profiles.soc.type must be'],
    ['soc', { signatur: 'x' }, 'did you mean "signature"?'],
    ['soc', { transport: { hots: 'x' } }, 'did you mean "host"?'],
  ])('%s with %j is refused by name', async (name, profile, message) => {
    await write(JSON.stringify({ profiles: { [name]: { transport: { host: 'a' }, ...profile } } }))
    await expect(load()).rejects.toThrow(message)
    await rm(join(cwd, 'incident-mailer.json'))
    const texts = 'transport' in profile || 'signatur' in profile ? undefined : profile
    if (texts) await expect(addProfile(name, changes({ texts }), { cwd })).rejects.toThrow(message)
    expect(await readdir(cwd)).toEqual([])
  })

  it('takes a port from a variable, and can be changed without it', async () => {
    await write(JSON.stringify({ profiles: { soc: { transport: { host: 'a', port: '$PORT' } } } }))
    expect((await load({ PORT: '2525' })).profiles.soc?.transport).toEqual({ host: 'a', port: 2525 })
    await editProfile('soc', changes({ texts: { description: 'x' } }), { cwd })
    expect((await config()).profiles.soc).toMatchObject({ description: 'x', transport: { port: '$PORT' } })
    await expect(load({ PORT: 'x' })).rejects.toThrow('profiles.soc.transport.port ($PORT) must be a number')
  })

  it('that lacks its variable or its password keeps no other from being used', async () => {
    const server = (auth: object) => ({ transport: { host: 'a', auth } })
    await write(
      JSON.stringify({
        profiles: {
          one: server({ user: 'u', pass: '$NOT_THERE' }),
          two: server({ user: 'u' }),
          three: server({ user: 'u', pass: 'p' }),
          four: { transport: { host: '$HOST', port: '$PORT', tls: '$TLS' } },
        },
      }),
    )
    const { profiles } = await load()
    expect(profiles.four).toMatchObject({
      transport: { port: undefined, tls: undefined },
      unusable: expect.stringContaining('profiles.four.transport.host in'),
    })
    expect(profiles.one?.unusable).toContain('the environment has no NOT_THERE')
    expect(profiles.one?.transport).toEqual({ host: 'a', auth: { user: 'u' } })
    expect(profiles.two?.unusable).toContain('incident-mailer profile edit two --password')
    expect(profiles.three).not.toHaveProperty('unusable')
  })
})

describe('a profile of type graph', () => {
  const graph = changes({
    texts: { type: 'graph' },
    transport: { user: 'soc@example.com', tenant: 'example.com', clientId: 'app' },
    clientSecret: { secret: 'hunter2' },
  })

  it('has a mailbox and an application, whose secret is in the secrets file', async () => {
    await addProfile('soc', graph, { cwd })
    expect(await config()).toEqual({
      secrets: './incident-mailer.secrets.json',
      profile: 'soc',
      profiles: {
        soc: {
          type: 'graph',
          transport: {
            graph: {
              user: 'soc@example.com',
              oauth: { tenant: 'example.com', clientId: 'app', clientSecret: '$PROFILE_soc_CLIENT_SECRET' },
            },
          },
        },
      },
    })
    const { profiles } = await load()
    expect(profiles.soc).not.toHaveProperty('unusable')
    expect(profiles.soc?.transport).toMatchObject({ graph: { oauth: { clientSecret: 'hunter2' } } })
    await removeProfile('soc', undefined, { cwd })
    expect(await read('incident-mailer.secrets.json')).not.toContain('hunter2')
  })

  it('takes a user name and password, and a file with a refresh token, beside the config', async () => {
    await addProfile('soc', { ...graph, clientSecret: undefined, password: { variable: 'PASS' } }, { cwd })
    const mailbox = { clientId: 'app', refreshTokenFile: 'token', caFile: 'ca.pem' }
    await addProfile('me', { ...graph, transport: mailbox, clientSecret: undefined }, { cwd })
    const { profiles } = await load({ PASS: 'hunter2' })
    const oauth = { tenant: 'example.com', clientId: 'app', username: 'soc@example.com', password: 'hunter2' }
    expect(profiles.soc?.transport).toEqual({ graph: { user: 'soc@example.com', oauth } })
    expect(profiles.me?.transport).toEqual({
      graph: {
        oauth: { clientId: 'app', refreshTokenFile: join(cwd, 'token'), caFile: join(cwd, 'ca.pem') },
      },
    })
  })

  it('is copied without any secret, and cannot be used before it has one', async () => {
    const secrets = { clientSecret: 's', refreshToken: 's', refreshTokenFile: 's', password: 's' }
    const oauth = { clientId: 'app', username: 'u', ...secrets }
    await write(
      JSON.stringify({
        profiles: {
          a: { type: 'graph', transport: { graph: { oauth } } },
          b: { transport: { host: 'h', oauth } },
        },
      }),
    )
    await copyProfile('a', 'a2', { cwd })
    await copyProfile('b', 'b2', { cwd })
    const kept = { clientId: 'app', username: 'u' }
    expect((await config()).profiles.a2).toEqual({ type: 'graph', transport: { graph: { oauth: kept } } })
    expect((await config()).profiles.b2).toEqual({ transport: { host: 'h', oauth: kept } })
    expect((await load()).profiles.a2?.unusable).toContain('no client secret, password or refresh token')
    await editProfile('a2', changes({ transport: {}, clientSecret: { secret: 'own' } }), { cwd })
    expect((await load()).profiles.a2).not.toHaveProperty('unusable')
  })

  it('gets no user name and password of a proxy either', async () => {
    const transport = { host: 'h', proxy: 'socks5://robot:hunter2@proxy:1080' }
    await write(JSON.stringify({ profiles: { a: { transport } } }))
    await copyProfile('a', 'b', { cwd })
    expect((await config()).profiles.b.transport).toEqual({ host: 'h', proxy: 'socks5://proxy:1080' })
    const oauth = { clientId: 'id', clientSecret: '$S', proxy: transport.proxy }
    await write(
      JSON.stringify({ profiles: { a: { transport: { graph: { oauth }, proxy: transport.proxy } } } }),
    )
    await copyProfile('a', 'b', { cwd })
    expect((await config()).profiles.b.transport).toEqual({
      graph: { oauth: { clientId: 'id', proxy: 'socks5://proxy:1080' } },
      proxy: 'socks5://proxy:1080',
    })
    await write(JSON.stringify({ profiles: { a: { transport: { host: 'h', proxy: '$PROXY' } } } }))
    expect((await load()).profiles.a).toMatchObject({
      transport: { host: 'h' },
      unusable: expect.any(String),
    })
    expect((await load()).profiles.a?.transport).not.toHaveProperty('proxy')
  })

  it('that lacks its variable does not take the name of it for the secret', async () => {
    const oauth = { clientId: 'app', clientSecret: '$NOT_THERE' }
    await write(JSON.stringify({ profiles: { soc: { transport: { graph: { oauth } } } } }))
    const { soc } = (await load()).profiles
    expect(soc?.unusable).toContain('the environment has no NOT_THERE')
    expect(soc?.transport).toEqual({ graph: { oauth: { clientId: 'app' } } })
  })

  it.each([
    [{ type: 'graph', transport: { host: 'a' } }, 'profiles.soc.type does not fit the transport'],
    [{ type: 'smtp', transport: { graph: { oauth: {} } } }, 'profiles.soc.type does not fit the transport'],
    [
      { transport: { graph: { usr: 'a', oauth: {} } } },
      'transport.graph.usr is an unknown key; did you mean "user"?',
    ],
    [{ transport: { graph: {} } }, 'transport.graph.oauth is missing'],
  ])('%j is refused by name', async (profile, message) => {
    await write(JSON.stringify({ profiles: { soc: profile } }))
    await expect(load()).rejects.toThrow(message)
  })

  it.each([
    [{ transport: { user: 'a' } }, 'needs the id of its application: --client-id'],
    [{ transport: { clientId: 'app', host: 'a' } }, '--host is for profiles of type smtp'],
    [{ transport: { clientId: 'app' }, password: { variable: 'P' } }, 'a password needs a user'],
    [{ texts: {}, transport: { host: 'a', tenant: 'b' } }, '--tenant is for profiles of type graph'],
    [{ texts: {}, transport: { host: 'a' } }, '--client-secret is for profiles of type graph'],
  ])('%j cannot be added: %s', async (given, message) => {
    await expect(addProfile('soc', { ...graph, ...given }, { cwd })).rejects.toThrow(message)
    expect(await readdir(cwd)).toEqual([])
  })

  it('stays of its type', async () => {
    await addProfile('soc', graph, { cwd })
    await expect(editProfile('soc', changes({ texts: { type: 'smtp' } }), { cwd })).rejects.toThrow(
      '"soc" is of another type',
    )
  })
})

describe('adding', () => {
  it('makes the file, and the first profile the default', async () => {
    await addProfile('soc', changes(), { cwd })
    await addProfile('night', changes({ transport: { host: 'b', port: 465 } }), { cwd })
    expect(await config()).toEqual({
      profiles: {
        soc: { type: 'smtp', transport: { host: 'mail.example.com' } },
        night: { type: 'smtp', transport: { host: 'b', port: 465 } },
      },
      profile: 'soc',
    })
    await expect(addProfile('soc', changes(), { cwd })).rejects.toThrow('there is a profile "soc" already')
  })

  it('is not the default beside another that the file names, though that is not there yet', async () => {
    await writeFile(join(cwd, 'incident-mailer.json'), JSON.stringify({ profile: 'night' }))
    expect(await addProfile('soc', changes(), { cwd })).toMatchObject({ default: 'night', notes: [] })
    expect(await config()).toMatchObject({ profile: 'night' })
  })

  it('keeps its type, however that is written', async () => {
    await addProfile('soc', changes(), { cwd })
    await editProfile('soc', changes({ texts: { type: 'SMTP' } }), { cwd })
    await expect(editProfile('soc', changes({ texts: { type: 'graph' } }), { cwd })).rejects.toThrow(
      'is of another type',
    )
  })

  it('keeps the password in a file of its own, which only the owner may read', async () => {
    await addProfile('soc', withPassword, { cwd })
    expect(await read()).not.toContain('hunter2')
    expect(await config()).toMatchObject({
      secrets: './incident-mailer.secrets.json',
      profiles: { soc: { transport: { auth: { user: 'soc', pass: '$PROFILE_soc_PASSWORD' } } } },
    })
    expect(await mode('incident-mailer.secrets.json')).toBe('600')
    expect(await mode('incident-mailer.json')).toBe('600')
    expect((await load()).profiles.soc?.transport).toMatchObject({ auth: { user: 'soc', pass: '$hunter2' } })
    expect((await load({ PROFILE_soc_PASSWORD: 'other' })).profiles.soc?.transport).toMatchObject({
      auth: { pass: 'other' },
    })
    expect((await readdir(cwd)).sort()).toEqual(['incident-mailer.json', 'incident-mailer.secrets.json'])
  })

  it('names a variable instead where one is given', async () => {
    await addProfile('soc', { ...withPassword, password: { variable: 'SOC_PASS' } }, { cwd })
    expect(await readdir(cwd)).toEqual(['incident-mailer.json'])
    expect((await load({ SOC_PASS: 'x' })).profiles.soc?.transport).toMatchObject({ auth: { pass: 'x' } })
  })

  it('keeps how JSON looks', async () => {
    await write(
      '{\n    "from": "soc@example.com",\n    "attachmentFolders": ["a", "b"],\n    "timeout": 5\n}\n',
    )
    await addProfile('soc', changes(), { cwd })
    const text = await read()
    expect(text).toMatch(
      /^\{\n {4}"from": "soc@example.com",\n {4}"attachmentFolders": \["a", "b"\],\n {4}"timeout": 5,\n/,
    )
    expect(text).toContain('\n        "soc": {\n')
  })

  it('keeps comments in YAML, in the profile that is edited as well', async () => {
    const yaml =
      '# ours\nfrom: soc@example.com # who\nprofiles:\n  soc:\n    # the server\n    transport:\n      host: a # old\n      port: 25 # kept\n'
    await write(yaml, 'incident-mailer.yaml')
    await editProfile('soc', changes({ transport: { host: 'b' } }), { cwd })
    expect(await read('incident-mailer.yaml')).toMatch(
      /^# ours\nfrom: soc@example.com # who\nprofiles:\n {2}soc:\n {4}# the server\n {4}transport:\n {6}host: b.*\n {6}port: 25 # kept\n/,
    )
    expect((await load()).profiles.soc?.transport).toEqual({ host: 'b', port: 25 })
  })

  it('writes what a link leads to, and never half', async () => {
    await write('{}', 'real.json')
    await symlink('real.json', join(cwd, 'incident-mailer.json'))
    await addProfile('soc', changes(), { cwd })
    expect(await read('real.json')).toContain('"soc"')
    expect(await readdir(cwd)).toEqual(['incident-mailer.json', 'real.json'])
  })

  it('has no place in an app.config', async () => {
    await write('[fn_outbound_email]\nsmtp_server=a\n', 'app.config')
    await expect(addProfile('soc', changes(), { cwd, file: 'app.config' })).rejects.toThrow(
      'is read and never written',
    )
  })
})

describe('editing', () => {
  it('changes what is named, and takes out what is empty', async () => {
    await addProfile('soc', { ...withPassword, texts: { from: 'a@example.com', signature: 'x' } }, { cwd })
    await editProfile('soc', changes({ texts: { signature: '' }, transport: { port: 2525 } }), { cwd })
    const { profiles } = await load()
    expect(profiles.soc).toEqual({
      type: 'smtp',
      from: 'a@example.com',
      transport: { host: 'mail.example.com', port: 2525, auth: { user: 'soc', pass: '$hunter2' } },
    })
  })

  it('of what is not there names the nearest', async () => {
    await addProfile('soc', changes(), { cwd })
    await expect(editProfile('sco', changes(), { cwd })).rejects.toThrow('did you mean soc?')
  })
})

describe('a copy', () => {
  it('takes the place of no other', async () => {
    await addProfile('soc', changes(), { cwd })
    await addProfile('night', changes({ transport: { host: 'b' } }), { cwd })
    const before = await read()
    await expect(copyProfile('soc', 'night', { cwd })).rejects.toThrow('there is a profile "night" already')
    await expect(copyProfile('soc', 'soc', { cwd })).rejects.toThrow('there is a profile "soc" already')
    expect(await read()).toBe(before)
  })

  it.each([{ secret: 'hunter2' }, { variable: 'PASS' }])(
    'carries no secret (%j), and cannot be used until it has one',
    async (password) => {
      await addProfile('soc', { ...withPassword, password }, { cwd })
      await copyProfile('soc', 'soc_copied', { cwd })
      const { profiles } = await load({ PASS: 'hunter2' })
      expect(profiles.soc_copied).toMatchObject({
        transport: { host: 'mail.example.com', auth: { user: 'soc' } },
        unusable: expect.stringContaining('no password'),
      })
      expect(JSON.stringify(profiles.soc_copied)).not.toContain('hunter2')
      expect(JSON.stringify((await config()).profiles.soc_copied)).not.toMatch(/PASS|hunter2/)
      await editProfile('soc_copied', changes({ transport: {}, password: { secret: 'its own' } }), { cwd })
      const again = await load({ PASS: 'hunter2' })
      expect(again.profiles.soc_copied).not.toHaveProperty('unusable')
      expect(again.profiles.soc_copied?.transport).toMatchObject({ auth: { pass: 'its own' } })
      expect(again.profiles.soc?.transport).toMatchObject({ auth: { pass: 'hunter2' } })
    },
  )
})

describe('the default', () => {
  beforeEach(async () => {
    await addProfile('one', changes(), { cwd })
    await addProfile('two', { ...withPassword, makeDefault: true }, { cwd })
  })

  it('is one: another takes its place', async () => {
    expect((await load()).profile).toBe('two')
    await makeDefault('one', { cwd })
    expect((await load()).profile).toBe('one')
    await expect(makeDefault('none', { cwd })).rejects.toThrow('there is no profile')
  })

  it('is removed only for another', async () => {
    const refused = removeProfile('two', undefined, { cwd })
    await expect(refused).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('there are one'),
    })
    for (const name of ['one', 'two'])
      await expect(removeProfile(name, name, { cwd })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining(`"${name}" cannot become the default, since it is removed`),
      })
    await expect(removeProfile('two', 'three', { cwd })).rejects.toThrow('there is no profile "three"')
    expect((await load()).profile).toBe('two')
    await removeProfile('two', 'one', { cwd })
    expect(await load()).toEqual({ profile: 'one', profiles: { one: expect.anything() } })
    expect(await read('incident-mailer.secrets.json')).not.toContain('hunter2')
    await removeProfile('one', undefined, { cwd })
    expect(await load()).toEqual({ profiles: {} })
  })
})

describe('the secrets file', () => {
  beforeEach(() => write(JSON.stringify({ from: '$FROM', secrets: 'secrets.json' })))

  it('is refused where others may read it', async () => {
    await write('{ "FROM": "hunter2" }', 'secrets.json')
    await chmod(join(cwd, 'secrets.json'), 0o640)
    const error = await load().catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'secrets' })
    expect(error.message).toContain('chmod 600')
  })

  it.each([
    ['{ "FROM": hunter2 }', 'does not parse: line 1, column 11'],
    ['["hunter2"]', 'must hold an object'],
    ['{ "FROM": ["hunter2"] }', 'FROM must be a string'],
  ])('that holds %s is refused without a word of it', async (text, message) => {
    await write(text, 'secrets.json')
    await chmod(join(cwd, 'secrets.json'), 0o600)
    const error = await load().catch((thrown) => thrown)
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('hunter2')
  })

  it('has to be there', async () => {
    await expect(load()).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', field: 'secrets' })
  })
})
