import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.js'
import { loadProfiles } from '../../src/config/load-profiles.js'
import { IncidentMailerError } from '../../src/errors.js'

let root: string
let count = 0

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'config-'))
})
afterAll(() => rm(root, { recursive: true }))

/** A working directory with these files; what is no text is written as JSON. */
async function folderWith(files: Readonly<Record<string, unknown>>): Promise<string> {
  const cwd = join(root, String(++count))
  await mkdir(cwd)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true })
    await writeFile(join(cwd, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return cwd
}

async function load(config: unknown, env: Readonly<Record<string, string>> = {}) {
  return await loadConfig({ cwd: await folderWith({ 'incident-mailer.json': config }), env })
}

async function refusal(loading: Promise<unknown>): Promise<IncidentMailerError> {
  const error = await loading.then(
    () => new Error('the config was accepted'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof IncidentMailerError) return error
  throw error
}

describe('where the config comes from', () => {
  it.each([['incident-mailer.json'], [{ fil: 'x.json' }], [null]])(
    'is said by options that exist, and not by %j: else mails would go to the default',
    async (options) => {
      for (const read of [loadConfig, loadProfiles])
        await expect(read(options as never)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    },
  )

  it('is nowhere: the defaults', async () => {
    expect(await loadConfig({ cwd: await folderWith({}), env: {} })).toEqual({})
  })

  it.each([
    ['incident-mailer.json', '{"from": "soc@example.com", "$schema": "./config.schema.json"}'],
    ['incident-mailer.yaml', 'from: soc@example.com # who\n'],
    ['incident-mailer.yml', 'from: soc@example.com\n'],
  ])('is %s in the working directory', async (name, text) => {
    expect(await loadConfig({ cwd: await folderWith({ [name]: text }), env: {} })).toEqual({
      from: 'soc@example.com',
    })
  })

  it('is the file that was named, relative to the working directory', async () => {
    const cwd = await folderWith({ 'etc/soc.YML': 'from: a@example.com', 'incident-mailer.json': '{broken' })
    expect(await loadConfig({ file: 'etc/soc.YML', cwd, env: {} })).toEqual({ from: 'a@example.com' })
    expect(await loadConfig({ file: join(cwd, 'etc/soc.YML'), env: {} })).toEqual({ from: 'a@example.com' })
  })

  it('is an empty YAML file, with everything commented out', async () => {
    expect(
      await loadConfig({ cwd: await folderWith({ 'incident-mailer.yaml': '# from: x\n' }), env: {} }),
    ).toEqual({})
  })

  it('is never one of two', async () => {
    const cwd = await folderWith({ 'incident-mailer.json': {}, 'incident-mailer.yml': '' })
    const error = await refusal(loadConfig({ cwd, env: {} }))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', stage: 'config' })
    expect(error.message).toContain('incident-mailer.yml')
  })

  it('cannot be a file that is not there, or a folder', async () => {
    const cwd = await folderWith({ 'a.json/b': '' })
    expect(await refusal(loadConfig({ file: 'soc.json', cwd, env: {} }))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      stage: 'config',
      message: `there is no config file ${join(cwd, 'soc.json')}`,
    })
    for (const file of ['a.json', '.'])
      expect(await refusal(loadConfig({ file, cwd, env: {} }))).toMatchObject({
        code: 'FILE_UNREADABLE',
        stage: 'config',
        message: `${join(cwd, file)} is a folder; name the config file in it`,
      })
  })

  it.each(['soc.toml', 'soc'])('cannot be %s', async (file) => {
    const cwd = await folderWith({ [file]: '' })
    const error = await refusal(loadConfig({ file, cwd, env: {} }))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', stage: 'config' })
    expect(error.message).toContain('.json, .yaml, .yml')
  })
})

describe('a config', () => {
  it('may hold every setting there is', async () => {
    const cwd = await folderWith({
      'etc/c.json': {
        $schema: 'https://unpkg.com/incident-mailer/schemas/config.schema.json',
        from: 'SOC <soc@example.com>',
        transport: {
          host: 'mail.example.com',
          port: 587,
          tls: 'starttls',
          secure: false,
          auth: { user: 'soc', pass: 'x' },
          caFile: 'ca.pem',
          verify: true,
          name: 'soc.example.com',
          connectionTimeout: 1,
          greetingTimeout: 2,
          socketTimeout: 3,
          maxConnections: 4,
          maxMessages: 5,
        },
        templates: {
          Phishing: './t/p.njk',
          twin: { html: 't/a.html', text: '/t/a.txt', subject: '{{ a }}' },
        },
        defaultTemplate: 'incident-summary',
        dateFormat: '%Y',
        attachmentFolders: ['../files', '/var/files'],
        smime: {
          identity: { p12: './soc.p12', passphrase: 'y' },
          certificates: 'certs',
          trust: 'ca.pem',
          protectHeaders: 'Shy',
          legacyDisplay: false,
        },
        timeout: 1000,
      },
    })
    const etc = join(cwd, 'etc')
    expect(await loadConfig({ file: 'etc/c.json', cwd, env: {} })).toEqual({
      from: 'SOC <soc@example.com>',
      transport: {
        host: 'mail.example.com',
        port: 587,
        tls: 'starttls',
        secure: false,
        auth: { user: 'soc', pass: 'x' },
        caFile: join(etc, 'ca.pem'),
        verify: true,
        name: 'soc.example.com',
        connectionTimeout: 1,
        greetingTimeout: 2,
        socketTimeout: 3,
        maxConnections: 4,
        maxMessages: 5,
      },
      templates: {
        Phishing: join(etc, 't/p.njk'),
        twin: { html: join(etc, 't/a.html'), text: '/t/a.txt', subject: '{{ a }}' },
      },
      defaultTemplate: 'incident-summary',
      dateFormat: '%Y',
      attachmentFolders: [join(cwd, 'files'), '/var/files'],
      smime: {
        identity: { p12: join(etc, 'soc.p12'), passphrase: 'y' },
        certificates: join(etc, 'certs'),
        trust: join(etc, 'ca.pem'),
        protectHeaders: 'shy',
        legacyDisplay: false,
      },
      timeout: 1000,
    })
  })

  it('has paths relative to its file', async () => {
    const cwd = await folderWith({
      'etc/c.yaml':
        'transport: { folder: ../outbox }\nsmime: { identity: { certificate: c.pem, privateKey: k.pem, chain: ../ca.pem } }',
    })
    expect(await loadConfig({ file: 'etc/c.yaml', cwd, env: {} })).toEqual({
      transport: { folder: join(cwd, 'outbox') },
      smime: {
        identity: {
          certificate: join(cwd, 'etc/c.pem'),
          privateKey: join(cwd, 'etc/k.pem'),
          chain: join(cwd, 'ca.pem'),
        },
      },
    })
  })

  it('leaves URLs and PEM as they are', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----'
    const identity = { certificate: '$CERT', privateKey: pem }
    expect(
      await load({ transport: 'smtps://u:p@mail.example.com', smime: { identity } }, { CERT: pem }),
    ).toEqual({
      transport: 'smtps://u:p@mail.example.com',
      smime: { identity: { certificate: pem, privateKey: pem } },
    })
  })

  it('takes incidents from a file, or from a folder of them', async () => {
    const cwd = await folderWith({
      'a.json': { incidents: 'cases' },
      'b.json': { incidents: 'cases/2139.json' },
      'cases/2139.json': { incident: { id: 2139, name: 'Phishing' } },
      'cases/7.json': { incident: { id: 7, name: 'Malware' } },
    })
    const folder = (await loadConfig({ file: 'a.json', cwd, env: {} })).incidents
    const file = (await loadConfig({ file: 'b.json', cwd, env: {} })).incidents
    expect((await folder?.get(7, {}))?.incident.name).toBe('Malware')
    expect((await folder?.get(2139, {}))?.incident.name).toBe('Phishing')
    expect((await file?.get(2139, {}))?.incident.name).toBe('Phishing')
    expect(await file?.get(7, {})).toBeNull()
  })

  it('cannot take incidents from what is not there', async () => {
    expect(await refusal(load({ incidents: './nowhere' }))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      stage: 'config',
      field: 'incidents',
    })
  })

  it.each([
    [{ form: 'a' }, 'form', 'form is an unknown key; did you mean "from"?'],
    [{ smimee: {} }, 'smimee', 'smimee is an unknown key; did you mean "smime"?'],
    [
      { transport: { hots: 'a' } },
      'transport.hots',
      'transport.hots is an unknown key; did you mean "host"?',
    ],
    [
      { transport: { host: 'a', tls: 'startls' } },
      'transport.tls',
      'must be "none", "starttls" or "implicit", and not "startls"; did you mean "starttls"?',
    ],
    [{ transport: { host: 'a', tls: 'SSL' } }, 'transport.tls', 'and not "ssl"; did you mean "implicit"?'],
    [{ transport: { host: 'a', tls: 'tls' } }, 'transport.tls', 'and not "tls"; did you mean "starttls"?'],
    [{ transport: { host: 'a', tls: true } }, 'transport.tls', 'and not true; did you mean "starttls"?'],
    [{ transport: { host: 'a', tls: false } }, 'transport.tls', 'and not false; did you mean "none"?'],
    [
      { transport: { host: 'a', authMechanism: 'PLAN' } },
      'transport.authMechanism',
      'and not "PLAN"; did you mean "PLAIN"?',
    ],
    [
      { transport: { host: 'a', verify: 'false' } },
      'transport.verify',
      'transport.verify must be true or false; write it without quotes',
    ],
    [{ transport: { host: 'a', port: '587' } }, 'transport.port', 'transport.port must be a number'],
    [
      { transport: { host: 'a', auth: { user: 'a' } } },
      'transport.auth.pass',
      'transport.auth.pass is missing',
    ],
    [{ transport: 7 }, 'transport', 'transport must be a string or an object'],
    [{ smime: { identity: { p12: 'a', pass: 'b' } } }, 'smime.identity.pass', 'did you mean "passphrase"?'],
    [{ smime: { identity: { certificate: 'a' } } }, 'smime.identity.privateKey', 'privateKey is missing'],
    [{ smime: { identity: { p12: '' } } }, 'smime.identity.p12', 'must be a path, and is empty'],
    [{ templates: { a: { htm: 'a' } } }, 'templates.a.htm', 'did you mean "html"?'],
    [{ timeout: 0 }, 'timeout', 'timeout must be at least 1'],
    [{ limits: { mailsPerSecond: 0 } }, 'limits.mailsPerSecond', 'limits.mailsPerSecond must be above 0'],
    [{ limits: { bytesInFlight: -1 } }, 'limits.bytesInFlight', 'limits.bytesInFlight must be above 0'],
    [{ attachmentFolders: 'a' }, 'attachmentFolders', 'attachmentFolders must be a list'],
    [{ logger: {} }, 'logger', 'logger is an unknown key'],
    // Of an identity's two forms, the one that was meant; where nobody can tell, both.
    [
      { smime: { identity: { certificateFile: 'a', keyFile: 'b' } } },
      'smime.identity.certificateFile',
      'did you mean "certificate"?',
    ],
    [
      { smime: { identity: { certificate: 'a', key: 'b' } } },
      'smime.identity.key',
      'known are certificate, privateKey, chain, passphrase',
    ],
    [
      { smime: { identity: { file: 'a' } } },
      'smime.identity.file',
      'known are p12, passphrase; or certificate, privateKey, chain, passphrase',
    ],
    [
      { transport: { transports: [{ host: '127.0.0.1' }] } },
      'transport.transports[0].transport',
      'transport.transports[0].transport is missing; write { "transport": { "host": ',
    ],
    [
      { transport: { transports: [{ transport: 'smtp://a' }, { folder: 'x' }] } },
      'transport.transports[1].transport',
      'transport.transports[1].transport is missing; write { "transport": { "host": ',
    ],
    [
      { transport: { transports: [{ transprot: { folder: 'x' } }] } },
      'transport.transports[0].transprot',
      'did you mean "transport"?',
    ],
    [
      { transport: { host: 'a', port: 25, folder: 'b' } },
      'transport.folder',
      'transport.folder and "host" exclude each other; keep one',
    ],
    [
      { transport: { host: 'a', sendmail: '/usr/sbin/sendmail' } },
      'transport.sendmail',
      'transport.sendmail and "host" exclude each other; keep one',
    ],
    [
      { transport: { host: 'a', graph: { user: 'a@example.com', oauth: {} } } },
      'transport.graph',
      'transport.graph and "host" exclude each other; keep one',
    ],
    [[], null, 'it must be an object'],
  ])('%j is an error that names the setting and the file', async (config, field, message) => {
    const error = await refusal(load(config))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', stage: 'config', field })
    expect(error.message).toContain(message)
    expect(error.message).toContain('incident-mailer.json')
  })

  it.each([
    ['incident-mailer.json', '{\n  "from": "a"\n  "pass": "hunter2"\n}', 'line 3, column 3'],
    ['incident-mailer.json', '{"pass": hunter2}', 'line 1, column 10'],
    ['incident-mailer.yaml', 'from: a\npass: "hunter2\n', 'line 3, column 1'],
    ['incident-mailer.yaml', 'a: *hunter2', 'quote a value that starts with *'],
    ['incident-mailer.yaml', 'a: !hunter2 x', 'line 1, column 4: tag resolve failed'],
    ['incident-mailer.yaml', 'hunter2: 1\nhunter2: 2', 'line 2, column 1: duplicate key'],
    ['incident-mailer.yaml', '@hunter2', 'line 1, column 1: bad'],
  ])(
    'that does not parse (%s: %j) is an error that says where, and quotes nothing',
    async (name, text, place) => {
      const error = await refusal(loadConfig({ cwd: await folderWith({ [name]: text }), env: {} }))
      expect(error).toMatchObject({ code: 'INVALID_CONFIG', stage: 'config' })
      expect(error.message).toContain(place)
      expect(error.message).toContain(name)
      expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain('hunter2')
    },
  )

  it('may write tls in any case', async () => {
    const transport = (tls: string) => ({ transport: { host: 'a', tls } })
    expect(await load(transport('STARTTLS'))).toEqual(transport('starttls'))
    expect(await load(transport('x'), { INCIDENT_MAILER_TRANSPORT__TLS: 'Implicit' })).toEqual(
      transport('implicit'),
    )
  })

  it('cannot be a YAML bomb', async () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 10; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      )
    const cwd = await folderWith({ 'incident-mailer.yaml': bomb.join('\n') })
    expect(await refusal(loadConfig({ cwd, env: {} }))).toMatchObject({ code: 'INVALID_CONFIG' })
  })
})

describe('$NAME as a whole value', () => {
  const auth = (pass: string) => ({ transport: { host: 'a', auth: { user: 'soc', pass } } })
  const env = { PASS: 'hunter2', EMPTY: '', DOLLARS: '$PASS', A_1: 'x' }

  it.each([
    ['is taken from the environment', '$PASS', 'hunter2'],
    ['may have digits and underscores', '$A_1', 'x'],
    ['is the empty string where the variable is empty', '$EMPTY', ''],
    ['is not expanded again', '$DOLLARS', '$PASS'],
    ['is a literal $ where it is doubled', '$$PASS', '$PASS'],
    ['is a literal $ where it is doubled, once', '$$$PASS', '$$PASS'],
    ['is nothing special within other text', 'x$PASS', 'x$PASS'],
    ['is nothing special when it goes on', '$PASS!', '$PASS!'],
    ['is a literal $ where it is doubled, before braces too', `$$${'{PASS}'}`, `$${'{PASS}'}`],
    ['is nothing special with anything else in braces', `$${'{a b}'}`, `$${'{a b}'}`],
    ['is nothing special alone', '$', '$'],
  ])('%s', async (_, written, meant) => {
    expect(await load(auth(written), env)).toEqual(auth(meant))
  })

  it.each([`$${'{PASS}'}`, '%PASS%'])(
    'is not written %s, as elsewhere: that would be the password',
    async (pass) => {
      expect(await refusal(load(auth(pass), env))).toMatchObject({
        code: 'INVALID_CONFIG',
        stage: 'config',
        field: 'transport.auth.pass',
        message: expect.stringMatching(
          /^transport\.auth\.pass in .*incident-mailer\.json reads like a variable; write "\$PASS"$/,
        ),
      })
    },
  )

  it.each(['constructor', '__proto__', 'toString'])('makes no setting of what is none: %s', async (key) => {
    const error = await refusal(load(`{ "transport": { "host": "a", "${key}": "$FILES" } }`, { FILES: '/a' }))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: `transport.${key}` })
  })

  it('is not written so in a list either', async () => {
    const error = await refusal(load({ attachmentFolders: ['/a', '%FILES%'] }, env))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'attachmentFolders[1]' })
  })

  it('is looked for in the file alone: what a variable holds may be written in any way', async () => {
    for (const pass of ['%PASS%', `$${'{PASS}'}`]) {
      expect(await load(auth('$HELD'), { HELD: pass })).toEqual(auth(pass))
      expect(await load(auth('x'), { INCIDENT_MAILER_TRANSPORT__AUTH__PASS: pass })).toEqual(auth(pass))
    }
  })

  it('is found in lists and paths as well', async () => {
    const config = await load(
      { attachmentFolders: ['$FILES'], templates: { a: '$FILES' } },
      { FILES: '/files' },
    )
    expect(config).toEqual({ attachmentFolders: ['/files'], templates: { a: '/files' } })
  })

  it('is a number, a flag or a list where the setting is one', async () => {
    const config = {
      transport: { transports: [{ transport: { host: '$HOST', port: '$PORT', verify: '$NO' } }] },
      retry: { jitter: '$HALF' },
      isolated: '$YES',
      attachmentFolders: '$FILES',
      smime: { protectHeaders: '$YES', encryptToSelf: '$YES' },
    }
    const env = { HOST: '1', PORT: '2525', YES: 'true', NO: 'false', HALF: '0.5', FILES: '/a, /b' }
    expect(await load(config, env)).toEqual({
      transport: { transports: [{ transport: { host: '1', port: 2525, verify: false } }] },
      retry: { jitter: 0.5 },
      isolated: true,
      attachmentFolders: ['/a', '/b'],
      smime: { protectHeaders: true, encryptToSelf: true },
    })
  })

  it('is a text where the setting may be any text, and where it is a word of some', async () => {
    const config = {
      from: '$YES',
      transport: { host: 'a', tls: '$TLS', auth: { user: 'soc', pass: '$PIN' } },
      templates: { a: '$PIN' },
      globals: { a: '$YES', b: ['$PIN'] },
    }
    expect(await load(config, { YES: 'true', PIN: '0042', TLS: 'Implicit' })).toMatchObject({
      from: 'true',
      transport: { host: 'a', tls: 'implicit', auth: { user: 'soc', pass: '0042' } },
      globals: { a: 'true', b: ['0042'] },
    })
  })

  it.each([
    [{ port: '$PORT' }, { PORT: 'hunter2' }, 'transport.port ($PORT) must be a number'],
    [{ port: '$PORT' }, { PORT: '' }, 'transport.port ($PORT) must be a number'],
    [{ port: '$PORT' }, { PORT: '70000' }, 'transport.port ($PORT) must be at most 65535'],
    [{ verify: '$NO' }, { NO: 'hunter2' }, 'transport.verify ($NO) must be true or false'],
    [{ tls: '$TLS' }, { TLS: 'hunter2' }, 'transport.tls ($TLS) must be "none", "starttls" or "implicit"'],
  ])(
    'names field and variable where the setting cannot be what it holds: %j, %j',
    async (server, env, message) => {
      const error = await refusal(load({ transport: { host: 'a', ...server } }, env))
      expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: `transport.${Object.keys(server)[0]}` })
      expect(error.message).toMatch(/incident-mailer\.json: /)
      expect(error.message.endsWith(message)).toBe(true)
    },
  )

  it('is an error where the variable is undefined, which names variable, key and file', async () => {
    const error = await refusal(load(auth('$SMTP_PASSWORD'), env))
    expect(error).toMatchObject({
      code: 'UNDEFINED_CONFIG_VARIABLE',
      stage: 'config',
      field: 'transport.auth.pass',
    })
    for (const word of ['SMTP_PASSWORD', 'transport.auth.pass', 'incident-mailer.json'])
      expect(error.message).toContain(word)
  })

  it('is an error even for what every object has', async () => {
    expect(await refusal(load(auth('$constructor'), {}))).toMatchObject({ code: 'UNDEFINED_CONFIG_VARIABLE' })
  })

  it('does not repeat what may be a password that begins with $', async () => {
    const error = await refusal(load(auth('$ecretPassw0rd'), {}))
    expect(error.message).toContain('begin with $$')
    expect(error.message).not.toContain('ecretPassw0rd')
  })
})

describe('a variable that begins with INCIDENT_MAILER_', () => {
  it('overrides a setting of the file', async () => {
    const config = {
      from: 'a@example.com',
      transport: { host: 'a', port: 25, auth: { user: 'soc', pass: '$UNDEFINED' } },
      templates: { 'phishing-report': 'a' },
      smime: { identity: { certificate: '/c', privateKey: '/k' } },
    }
    const loaded = await load(config, {
      INCIDENT_MAILER_FROM: 'b@example.com',
      INCIDENT_MAILER_TRANSPORT__HOST: 'b',
      INCIDENT_MAILER_TRANSPORT__PORT: '465',
      INCIDENT_MAILER_TRANSPORT__VERIFY: 'false',
      INCIDENT_MAILER_TRANSPORT__AUTH__PASS: '$ecret',
      INCIDENT_MAILER_TRANSPORT__CA_FILE: '/ca',
      INCIDENT_MAILER_TEMPLATES__PHISHING_REPORT: '/b',
      INCIDENT_MAILER_SMIME__IDENTITY__PRIVATE_KEY: '/key',
      INCIDENT_MAILER_DEFAULT_TEMPLATE: 'phishing-report',
      INCIDENT_MAILER_ATTACHMENT_FOLDERS: '/a, /$b',
      INCIDENT_MAILER_TIMEOUT: '1000',
      INCIDENTS: 'not ours',
    })
    expect(loaded).toEqual({
      from: 'b@example.com',
      transport: {
        host: 'b',
        port: 465,
        verify: false,
        caFile: '/ca',
        auth: { user: 'soc', pass: '$ecret' },
      },
      templates: { 'phishing-report': '/b' },
      smime: { identity: { certificate: '/c', privateKey: '/key' } },
      defaultTemplate: 'phishing-report',
      attachmentFolders: ['/a', '/$b'],
      timeout: 1000,
    })
  })

  it('sets a list of which no item stands for another variable', async () => {
    const cwd = await folderWith({})
    const env = { INCIDENT_MAILER_ATTACHMENT_FOLDERS: '$OTHER, $$OTHER', OTHER: '/etc' }
    expect(await loadConfig({ cwd, env })).toEqual({
      attachmentFolders: [join(cwd, '$OTHER'), join(cwd, '$$OTHER')],
    })
  })

  it('sets one where there is no file', async () => {
    const cwd = await folderWith({})
    const env = {
      INCIDENT_MAILER_TRANSPORT: 'smtp://localhost',
      INCIDENT_MAILER_SMIME__IDENTITY__P12: 'soc.p12',
    }
    expect(await loadConfig({ cwd, env })).toEqual({
      transport: 'smtp://localhost',
      smime: { identity: { p12: join(cwd, 'soc.p12') } },
    })
  })

  it.each([
    [{ INCIDENT_MAILER_TRANSPORT__HOTS: 'x' }, 'did you mean host?'],
    [{ INCIDENT_MAILER_SMIMEE__TRUST: 'x' }, 'did you mean smime?'],
    [{ INCIDENT_MAILER_TEMPLATES__NEW: 'x' }, 'there is no NEW'],
    [{ INCIDENT_MAILER_: 'x' }, 'INCIDENT_MAILER_ names no setting'],
    [{ INCIDENT_MAILER_FROM__: 'x' }, 'INCIDENT_MAILER_FROM__ sets a part of'],
    [{ INCIDENT_MAILER___PROTO__: 'x' }, 'INCIDENT_MAILER___PROTO__ names no setting'],
    [{ INCIDENT_MAILER_SMIME: 'x' }, 'is a group of settings'],
    [{ INCIDENT_MAILER_TIMEOUT: 'soon' }, 'INCIDENT_MAILER_TIMEOUT must be a number'],
    [{ INCIDENT_MAILER_TIMEOUT: '' }, 'INCIDENT_MAILER_TIMEOUT must be a number'],
    [
      { INCIDENT_MAILER_TRANSPORT__PORT: '70000' },
      'transport.port (INCIDENT_MAILER_TRANSPORT__PORT) must be at most 65535',
    ],
    [{ INCIDENT_MAILER_TRANSPORT__VERIFY: 'no' }, 'INCIDENT_MAILER_TRANSPORT__VERIFY must be true or false'],
    [{ INCIDENT_MAILER_FROM__NAME: 'x' }, 'sets a part of what the config file sets as a whole'],
    // Whichever comes first in the environment.
    [
      { INCIDENT_MAILER_TRANSPORT__PORT: '25', INCIDENT_MAILER_TRANSPORT: 'smtp://localhost' },
      'INCIDENT_MAILER_TRANSPORT__PORT sets a part of',
    ],
    [
      { INCIDENT_MAILER_TRANSPORT: 'smtp://localhost', INCIDENT_MAILER_TRANSPORT__PORT: '25' },
      'INCIDENT_MAILER_TRANSPORT__PORT sets a part of',
    ],
  ])('%j is an error', async (env, message) => {
    const error = await refusal(load({ from: 'a', transport: { host: 'a' } }, env))
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', stage: 'config' })
    expect(error.message).toContain(message)
  })
})
