import { homedir } from 'node:os'
import { join } from 'node:path'
import { invalidOption } from '../options.js'
import { quoted } from '../quoted.js'
import { type AppSettings, appSettings, TEMPLATES } from './app-config-settings.js'
import type { ConfigDocument } from './config-document.js'
import type { Environment } from './environment.js'
import { type IniSections, parseIni } from './ini.js'

/**
 * Reads an `app.config` of IBM's Outbound Email app as the settings that mean the same here. The sections of other
 * apps are left alone.
 *
 * @param source - the file, for messages
 * @throws IncidentMailerError `INVALID_CONFIG` and `UNDEFINED_CONFIG_VARIABLE`, naming key and file
 * @throws SyntaxError for what is no INI file
 */
export function readAppConfig(text: string, source: string, env: Environment): ConfigDocument {
  const sections = parseIni(text)
  const settings = appSettings(sections, source, env)
  const label = defaultLabel(settings)
  const templates = templatesOf(sections, source)
  const file = settings.text('template_file')
  return {
    value: defined({
      from: senderOf(settings),
      transport: transportOf(settings),
      templates: { ...templates, ...(label === OWN_LABEL && file && { [label]: atHome(file) }) },
      defaultTemplate: label,
      ignoreLabelCase: true,
      smime: smimeOf(settings),
    }),
    nameOf: (path) => NAMES[path] ?? path.replace(/^templates\./, `[${TEMPLATES}] `),
    notes: notesOf(settings).map((note) => `${source}: ${note}`),
  }
}

/** What the file calls our settings. */
const NAMES: Readonly<Record<string, string>> = {
  from: 'from_email_address',
  transport: 'smtp_server',
  'transport.host': 'smtp_server',
  'transport.port': 'smtp_port',
  'transport.tls': 'smtp_ssl_mode',
  'transport.verify': 'smtp_ssl_cafile',
  'transport.caFile': 'smtp_ssl_cafile',
  'transport.oauth.clientId': 'client_id',
  'transport.oauth.clientSecret': 'client_secret',
  'transport.oauth.refreshToken': 'refresh_token',
  'transport.oauth.scope': 'scope',
  'transport.oauth.tokenUrl': 'token_url',
  'transport.oauth.authorizationUrl': 'auth_url',
  'transport.auth.user': 'smtp_user',
  'transport.auth.pass': 'smtp_password',
  'transport.connectionTimeout': 'smtp_conn_timeout',
  'transport.greetingTimeout': 'smtp_conn_timeout',
  defaultTemplate: 'template_file',
  'smime.identity.p12': 'p12_signing_cert',
  'smime.identity.passphrase': 'p12_signing_cert_password',
}

/** The template that the app brings along, as its sample settings name it. */
const IBM_TEMPLATE = 'data/example_send_email.jinja'

/** The label of the file in `template_file`: no label in the file can be the same, as it would be a section. */
const OWN_LABEL = '[fn_outbound_email] template_file'

function defaultLabel({ text }: AppSettings): string {
  const file = text('template_file')
  return file === undefined || file === IBM_TEMPLATE ? 'incident-summary' : OWN_LABEL
}

function templatesOf(sections: IniSections, source: string): Readonly<Record<string, string>> {
  const templates = [...(sections.get(TEMPLATES) ?? [])].map(([label, { text, line }]) => {
    if (text === '' || text.includes('\n'))
      throw invalidOption(
        `templates.${label}`,
        `${source}: the template ${quoted(label)} (line ${line}) needs the path of one file`,
      )
    return [label, atHome(text)]
  })
  return Object.fromEntries(templates)
}

/** Mails come from `from_email_address`, else from a user whose name is an address. */
function senderOf({ text }: AppSettings): string | undefined {
  const user = text('smtp_user')
  return text('from_email_address') ?? (user?.includes('@') ? user : undefined)
}

function transportOf(settings: AppSettings): object {
  const { text, whole, word, filled } = settings
  const cafile = filled('smtp_ssl_cafile')
  const seconds = whole('smtp_conn_timeout', { from: 1, to: 3600 })
  const milliseconds = seconds === undefined ? undefined : seconds * 1000
  const mode = word('smtp_ssl_mode', ['None', 'starttls', 'ssl'])
  const verified = cafile === undefined || !/^(?:false|true)$/i.test(cafile)
  return defined({
    host: text('smtp_server'),
    port: whole('smtp_port', { from: 1, to: 65_535 }) ?? 25,
    tls: mode && TLS[mode],
    caFile: verified && cafile !== undefined ? atHome(cafile) : undefined,
    verify: cafile?.toLowerCase() === 'false' ? false : undefined,
    oauth: oauthOf(settings),
    // A user without a password or a token is no more than a sender.
    auth:
      text('smtp_user') !== undefined && (text('smtp_password') ?? oauthOf(settings)) !== undefined
        ? defined({ user: text('smtp_user'), pass: text('smtp_password') })
        : undefined,
    connectionTimeout: milliseconds,
    greetingTimeout: milliseconds,
  })
}

const TLS = { None: 'none', starttls: 'starttls', ssl: 'implicit' } as const

/**
 * OAuth 2.0, where there is enough of it. The URLs may hold `{tenant_id}`, as in the app's sample settings. What lacks
 * something is told of when somebody logs in, save where there is a password.
 */
function oauthOf({ text, filled }: AppSettings): object | undefined {
  const clientId = text('client_id')
  const refreshToken = text('refresh_token')
  const clientSecret = text('client_secret')
  const tokenUrl = filled('token_url')
  if (clientId === undefined && refreshToken === undefined && clientSecret === undefined) return undefined
  const complete =
    clientId !== undefined && tokenUrl !== undefined && (refreshToken ?? clientSecret) !== undefined
  if (!complete && text('smtp_password') !== undefined) return undefined
  const tenant = filled('tenant_id') ?? ''
  const url = (template: string | undefined) =>
    template?.replaceAll('{tenant_id}', encodeURIComponent(tenant))
  return defined({
    ...{ clientId, clientSecret, refreshToken, scope: text('scope') },
    ...{ tokenUrl: url(tokenUrl), authorizationUrl: url(filled('auth_url')) },
  })
}

function smimeOf({ text }: AppSettings): object | undefined {
  const p12 = text('p12_signing_cert') ?? text('p12_signing_encrypting_cert')
  const passphrase = text('p12_signing_cert_password') ?? text('p12_signing_encrypting_cert_password')
  return p12 === undefined ? undefined : { identity: defined({ p12: atHome(p12), passphrase }) }
}

/** What is less safe than it could be, or not what the app does, and what to write instead. */
function notesOf({ text, word, filled, flag }: AppSettings): string[] {
  const notes: string[] = []
  const mode = word('smtp_ssl_mode', ['None', 'starttls', 'ssl'])
  const password = text('smtp_user') !== undefined && text('smtp_password') !== undefined
  flag('enable_email_conversations')
  if (mode === undefined)
    notes.push(
      'smtp_ssl_mode is missing, so STARTTLS is required; write smtp_ssl_mode=None for a server that has no TLS',
    )
  if (mode === 'None')
    notes.push(
      `smtp_ssl_mode=None sends ${password ? 'the password and the mails' : 'mails'} for all on the way to read; write smtp_ssl_mode=starttls, or ssl`,
    )
  if (filled('smtp_ssl_cafile')?.toLowerCase() === 'false')
    notes.push(
      "smtp_ssl_cafile=false lets anyone pose as the mail server; write the path of its authority's certificate, or leave it out",
    )
  if (text('smtp_password') !== undefined && !password)
    notes.push('smtp_password is not used, as there is no smtp_user')
  if (text('template_file') === IBM_TEMPLATE)
    notes.push(
      `template_file=${IBM_TEMPLATE} is a file of IBM's app; the built-in incident-summary stands in for it, or write the path of a copy`,
    )
  return notes
}

/** `~` is the user's own folder, as in the app's sample settings. */
function atHome(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
}

function defined(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}
