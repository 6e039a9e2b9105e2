import { nearest } from '../nearest.js'
import { invalidOption } from '../options.js'
import { quoted } from '../quoted.js'
import type { Environment } from './environment.js'
import { expandVariables } from './expand-variables.js'
import type { IniSections, IniValue } from './ini.js'

/** The settings of `[fn_outbound_email]`, by key; undefined where one is not there, or empty as in the app's sample. */
export interface AppSettings {
  /** As it is written: a `$NAME` is filled in later, as in any config file. */
  text(key: AppKey): string | undefined
  /** With a `$NAME` filled in. */
  filled(key: AppKey): string | undefined
  whole(key: AppKey, range: { readonly from: number; readonly to: number }): number | undefined
  flag(key: AppKey): boolean | undefined
  /** One of some words, whatever its case. */
  word<Word extends string>(key: AppKey, words: readonly Word[]): Word | undefined
}

/** The section about templates, by label. */
export const TEMPLATES = 'fn_outbound_email:templates'

const SECTION = 'fn_outbound_email'

const KEYS = [
  'smtp_server',
  'smtp_user',
  'smtp_password',
  'client_id',
  'client_secret',
  'scope',
  'token_url',
  'auth_url',
  'tenant_id',
  'refresh_token',
  'from_email_address',
  'smtp_port',
  'smtp_conn_timeout',
  'smtp_ssl_mode',
  'smtp_ssl_cafile',
  'template_file',
  'enable_email_conversations',
  'p12_signing_cert',
  'p12_signing_cert_password',
  'p12_signing_encrypting_cert',
  'p12_signing_encrypting_cert_password',
] as const

/** A key of `[fn_outbound_email]`. */
export type AppKey = (typeof KEYS)[number]

/**
 * Reads `[fn_outbound_email]`, and what `[DEFAULT]` says of the same keys.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for a section or key that does not exist; when asked for a value, also
 * for one of another kind
 */
export function appSettings(sections: IniSections, source: string, env: Environment): AppSettings {
  refuseUnknown(sections, source)
  const values = new Map([...(sections.get('DEFAULT') ?? []), ...(sections.get(SECTION) ?? [])])

  const text = (key: AppKey): string | undefined => {
    const value = values.get(key)
    if (value === undefined || value.text === '') return undefined
    if (value.text.includes('\n'))
      throw wrong(key, value, 'has several lines: one that begins with a space continues the one before')
    // The app's framework takes these from a keyring of Python's.
    if (value.text.startsWith('^'))
      throw wrong(
        key,
        value,
        `is kept in a keyring, which is not read here; write $${key.toUpperCase()}, a variable of the environment`,
      )
    return value.text.replace(/^\$\{(\w+)\}$/, '$$$1')
  }
  const filled = (key: AppKey): string | undefined => {
    const written = text(key)
    const value =
      written === undefined ? undefined : expandVariables(written, { env, source, nameOf: () => key })
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const converted = <T>(key: AppKey, convert: (text: string) => T | undefined, kind: string) => {
    const value = filled(key)
    if (value === undefined) return undefined
    const result = convert(value)
    if (result === undefined) throw wrong(key, values.get(key), `must be ${kind}`)
    return result
  }
  const wrong = (key: AppKey, value: IniValue | undefined, sentence: string) =>
    invalidOption(key, `${source}: ${key} (line ${value?.line}) ${sentence}`)

  return {
    text,
    filled,
    whole: (key, { from, to }) =>
      converted(
        key,
        (text) =>
          /^\d+$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined,
        `a number from ${from} to ${to}`,
      ),
    flag: (key) => converted(key, (text) => FLAGS[text.toLowerCase()], 'true or false'),
    word: (key, words) => {
      const value = filled(key)
      const found = words.find((word) => word.toLowerCase() === value?.toLowerCase())
      if (value === undefined || found !== undefined) return found
      const near = nearest(value, words)
      const hint = near ? `; did you mean ${near}?` : ''
      throw wrong(key, values.get(key), `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1)}${hint}`)
    },
  }
}

/** Those that Python's `getboolean` knows. */
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
}

function refuseUnknown(sections: IniSections, source: string): void {
  const own = sections.get(SECTION)
  if (own === undefined) {
    const near = nearest(SECTION, sections.keys())
    throw invalidOption(
      null,
      `${source} has no section [${SECTION}]${near ? `; did you mean ${quoted(`[${near}]`)}?` : ''}`,
    )
  }
  for (const [key, { line }] of own) {
    if (KEYS.some((known) => known === key)) continue
    const near = nearest(key, KEYS)
    const hint = near ? `did you mean ${near}?` : `known are ${KEYS.join(', ')}`
    throw invalidOption(key, `${source}: ${quoted(key)} (line ${line}) is an unknown key; ${hint}`)
  }
  for (const name of sections.keys())
    if (name !== TEMPLATES && name.startsWith(`${SECTION}:`))
      throw invalidOption(
        null,
        `${source}: there is no section ${quoted(`[${name}]`)}; did you mean [${TEMPLATES}]?`,
      )
}
