import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.js'
import { readSettings } from '../../src/config/read-settings.js'
import { createNotifier } from '../../src/notifier/notifier.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** As someone wrote it for IBM's app, with the sections of others around it. */
const WHOLE = `
[resilient]
host=soar.example.com
api_key_id=x

[fn_outbound_email]
# SMTP SERVER (IP ADDRESS or FQDN)
smtp_server=mail.example.com
smtp_user=soc@example.com
smtp_password=$SMTP_PASSWORD
client_id=
refresh_token=
from_email_address=SOC <alerts@example.com>
smtp_port=587
smtp_conn_timeout=20
smtp_ssl_mode=starttls
smtp_ssl_cafile=certs/ca.pem
template_file=templates/default.jinja
enable_email_conversations=true
p12_signing_cert=soc.p12
p12_signing_cert_password=\${P12_PASSWORD}

[fn_outbound_email:templates]
## labels
LabelA=/path/to/template.jinja
label b=other.jinja
`
const ENV = { SMTP_PASSWORD: 'Abcd#1234;!', P12_PASSWORD: 'opens' }

async function file(text: string, name = 'app.config') {
  await writeFile(join(folder, name), text)
  return { file: name, cwd: folder, env: ENV }
}

const ours = (...lines: string[]) =>
  `[fn_outbound_email]\nsmtp_server=mail.example.com\n${lines.join('\n')}\n`

async function load(...lines: string[]) {
  return await loadConfig(await file(ours(...lines)))
}

describe("an app.config of IBM's", () => {
  it('is read as it is', async () => {
    const own = '[fn_outbound_email] template_file'
    expect(await loadConfig(await file(WHOLE))).toEqual({
      from: 'SOC <alerts@example.com>',
      transport: {
        host: 'mail.example.com',
        port: 587,
        tls: 'starttls',
        caFile: join(folder, 'certs/ca.pem'),
        auth: { user: 'soc@example.com', pass: ENV.SMTP_PASSWORD },
        connectionTimeout: 20_000,
        greetingTimeout: 20_000,
      },
      templates: {
        [own]: join(folder, 'templates/default.jinja'),
        labela: '/path/to/template.jinja',
        'label b': join(folder, 'other.jinja'),
      },
      defaultTemplate: own,
      ignoreLabelCase: true,
      smime: { identity: { p12: join(folder, 'soc.p12'), passphrase: 'opens' } },
    })
  })

  it('may end in .ini as well', async () => {
    expect((await loadConfig(await file(WHOLE, 'soc.ini'))).from).toBe('SOC <alerts@example.com>')
  })

  it('may do without a user, or without a password: then nobody logs in', async () => {
    expect(await load('smtp_ssl_mode=None', 'smtp_port=25')).toEqual({
      transport: { host: 'mail.example.com', port: 25, tls: 'none' },
      templates: {},
      defaultTemplate: 'incident-summary',
      ignoreLabelCase: true,
    })
    const config = await load('smtp_user=soc@example.com', 'smtp_ssl_mode=STARTTLS')
    expect(config).toMatchObject({ from: 'soc@example.com', transport: { tls: 'starttls' } })
    expect(config.transport).not.toHaveProperty('auth')
  })

  it.each([
    ['ssl', 'implicit'],
    ['starttls', 'starttls'],
    ['none', 'none'],
  ])('smtp_ssl_mode=%s is tls: %s', async (mode, tls) => {
    expect((await load(`smtp_ssl_mode=${mode}`)).transport).toMatchObject({ tls })
  })

  it('takes the key for signing under either name, and ~ for the own folder', async () => {
    expect((await load('p12_signing_encrypting_cert=~/soc.p12')).smime).toEqual({
      identity: { p12: join(homedir(), 'soc.p12') },
    })
  })

  it('takes OAuth 2.0, with the tenant in its URLs, and the password beside it', async () => {
    const oauth = [
      ...[
        'smtp_user=soc@example.com',
        'client_id=id',
        'client_secret=secret',
        'scope=mail',
        'refresh_token=r',
      ],
      ...['token_url=https://login.example.com/{tenant_id}/token', 'tenant_id=t', 'auth_url='],
    ]
    const settings = {
      ...{ clientId: 'id', clientSecret: 'secret', scope: 'mail', refreshToken: 'r' },
      tokenUrl: 'https://login.example.com/t/token',
    }
    expect((await load(...oauth)).transport).toMatchObject({
      auth: { user: 'soc@example.com' },
      oauth: settings,
    })
    expect((await load(...oauth, 'smtp_password=p')).transport).toMatchObject({
      auth: { user: 'soc@example.com', pass: 'p' },
      oauth: settings,
    })
    const half = await load('smtp_user=a', 'smtp_password=p', 'client_id=id')
    expect(half.transport).not.toHaveProperty('oauth')
    await expect(createNotifier(await load('smtp_user=a', 'client_id=id'))).rejects.toThrow('is missing')
  })

  it('is overridden by the environment', async () => {
    const read = await file(ours('smtp_user=a', 'smtp_password=$NOT_THERE', 'smtp_port=587'))
    const env = {
      INCIDENT_MAILER_TRANSPORT__AUTH__PASS: 'x',
      INCIDENT_MAILER_TRANSPORT__PORT: '2525',
    }
    expect((await loadConfig({ ...read, env })).transport).toMatchObject({
      port: 2525,
      auth: { user: 'a', pass: 'x' },
    })
  })

  it('has labels that are found whatever their case', async () => {
    await writeFile(join(folder, 'a.jinja'), 'Case {{ incident.id }}')
    const config = await loadConfig(
      await file(ours('smtp_ssl_mode=None', '[fn_outbound_email:templates]', 'LabelA=a.jinja')),
    )
    const notifier = await createNotifier(config)
    const request = { to: 'ciso@example.com', subject: 'x', incident: { id: 7, name: 'x' } }
    for (const template of ['LabelA', 'labela', 'LABELA'])
      expect((await notifier.render({ ...request, template })).text).toContain('Case 7')
    expect((await notifier.render({ ...request, template: 'Incident-Summary' })).subject).toBe('x')
    const strict = await createNotifier({ ...config, ignoreLabelCase: false })
    await expect(strict.render({ ...request, template: 'LABELA' })).rejects.toThrow('did you mean labela?')
  })

  it('uses template_file where a job has neither body nor template', async () => {
    await writeFile(join(folder, 'default.jinja'), 'Default for {{ incident.id }}')
    const notifier = await createNotifier(await load('template_file=default.jinja'))
    const request = { to: 'ciso@example.com', subject: 'x', incident: { id: 7, name: 'x' } }
    expect((await notifier.render(request)).text).toContain('Default for 7')
  })
})

describe('what is less safe than it could be', () => {
  it.each([
    ['smtp_ssl_mode=None', 'write smtp_ssl_mode=starttls'],
    ['smtp_ssl_mode=None\nsmtp_user=a\nsmtp_password=b', 'the password and the mails'],
    ['smtp_ssl_mode=starttls\nsmtp_ssl_cafile=false', "write the path of its authority's certificate"],
    ['smtp_port=25', 'STARTTLS is required; write smtp_ssl_mode=None'],
    ['smtp_ssl_mode=ssl\nsmtp_password=x', 'there is no smtp_user'],
    ['smtp_ssl_mode=ssl\ntemplate_file=data/example_send_email.jinja', 'incident-summary stands in'],
  ])('%j comes with a note that says what to write', async (lines, note) => {
    const { notes } = await readSettings(await file(ours(lines)))
    expect(notes).toEqual([expect.stringContaining(note)])
    expect(notes[0]).toContain(join(folder, 'app.config'))
  })

  it('is not to be found in settings that are safe', async () => {
    expect((await readSettings(await file(WHOLE))).notes).toEqual([])
  })

  it('never means less protection than is written', async () => {
    expect((await load('smtp_port=25')).transport).not.toHaveProperty('tls')
    expect((await load('smtp_ssl_mode=starttls')).transport).not.toHaveProperty('verify')
    expect((await load('smtp_ssl_cafile=false')).transport).toMatchObject({ verify: false })
    expect((await load('smtp_ssl_cafile=true')).transport).not.toHaveProperty('verify')
  })
})

describe('what is wrong', () => {
  it.each([
    ['smtp_sever=x', 'smtp_sever', 'did you mean smtp_server?'],
    ['smtp_port=hunter2', 'smtp_port', 'smtp_port (line 3) must be a number from 1 to 65535'],
    ['smtp_port=0', 'smtp_port', 'must be a number from 1 to 65535'],
    ['smtp_conn_timeout=20s', 'smtp_conn_timeout', 'must be a number'],
    ['smtp_ssl_mode=startls', 'smtp_ssl_mode', 'must be None, starttls or ssl; did you mean starttls?'],
    ['enable_email_conversations=maybe', 'enable_email_conversations', 'must be true or false'],
    ['smtp_user=a\n smtp_password=hunter2', 'smtp_user', 'has several lines'],
    ['smtp_user=a\nsmtp_password=^hunter2', 'smtp_password', '$SMTP_PASSWORD, a variable'],
    ['[fn_outbound_email:template]\na=b', undefined, 'did you mean [fn_outbound_email:templates]?'],
    ['[fn_outbound_email:templates]\na=', 'templates.a', 'needs the path of one file'],
    ['smtp_user=a\nsmtp_password=$NOT_THERE', 'smtp_password', 'the environment has no NOT_THERE'],
    ['smtp_port=$NOT_THERE', 'smtp_port', 'smtp_port in'],
    ['hunter2', undefined, 'does not parse: line 3: expected key=value'],
  ])('%j is named with its key, its file and what is right', async (lines, field, message) => {
    const error = await load(lines).catch((thrown) => thrown)
    expect(error).toMatchObject({ stage: 'config' })
    expect(error.message).toContain(message)
    expect(error.message).toContain(join(folder, 'app.config'))
    expect(error.field ?? undefined).toBe(field)
    expect(error.message).not.toContain('hunter2')
  })

  it('is a file without the section, or without a server', async () => {
    await expect(loadConfig(await file('[fn_outbound_emial]\nsmtp_server=a'))).rejects.toThrow(
      'has no section [fn_outbound_email]; did you mean "[fn_outbound_emial]"?',
    )
    await expect(loadConfig(await file('[fn_outbound_email]\nsmtp_port=25'))).rejects.toThrow(
      'app.config: smtp_server is missing',
    )
  })
})
