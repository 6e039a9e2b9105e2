import { shownTls } from '../deliver/smtp/tls-words.js'
import { knownTransport } from '../deliver/transport.js'
import { DEFAULT_TIMEOUT } from '../notifier/notifier-options.js'
import { isRecord } from './environment.js'
import { type HeldByProfile, type HeldSettings, heldByProfile } from './held-by-profile.js'
import type { ReadSettings } from './read-settings.js'
import { urlWithoutLogin } from './url-without-login.js'

/** One setting that holds. */
export interface EffectiveSetting {
  /** `transport.auth.user`. */
  readonly setting: string
  /** Of a secret, only whether it is set. */
  readonly value: string | number | boolean
  readonly origin: 'file' | 'secrets' | 'environment' | 'profile' | 'default'
  /** The variable, what the file calls the setting, the profile, or null for a default. */
  readonly name: string | null
}

/** Settings, and what whoever looks at them should know. */
interface EffectiveSettings {
  readonly settings: readonly EffectiveSetting[]
  readonly notes: readonly string[]
}

/**
 * Every setting that holds, and where it came from: as written, and the defaults of those not written. Where mails go
 * by a profile, its transport and author are those that hold.
 *
 * @param named - the profile of mails whose job names none. Default: the config's
 * @throws IncidentMailerError `INVALID_CONFIG` for a profile that there is not
 */
export function effectiveSettings(read: ReadSettings, named: string | undefined): EffectiveSettings {
  const held = heldByProfile(read.config, named)
  const config: HeldSettings = held?.config ?? read.config
  const written = leavesOf(config)
    .filter(([setting]) => !/^profiles\.\w+\.unusable$/.test(setting))
    .map(([setting, value]): EffectiveSetting => {
      const { kind, name } = originOf(setting, read, held)
      return { setting, value: shown(setting, value), origin: kind, name }
    })
  const others = Object.entries(defaultsOf(config, held)).filter(([setting]) =>
    written.every((one) => one.setting !== setting),
  )
  const filled = others.map(([setting, value]): EffectiveSetting => {
    return { setting, value, origin: 'default', name: null }
  })
  return {
    settings: [...written, ...filled].sort((one, other) => (one.setting < other.setting ? -1 : 1)),
    notes: [...read.notes, ...(held?.notes ?? [])],
  }
}

function originOf(setting: string, read: ReadSettings, held: HeldByProfile | null) {
  const isOfProfile =
    held !== null &&
    (setting.startsWith('transport.') || (setting === 'from' && held.profile.from !== undefined))
  return isOfProfile ? { kind: 'profile' as const, name: held.name } : read.originOf(setting)
}

type Value = string | number | boolean

function leavesOf(value: unknown, path = ''): readonly (readonly [path: string, value: Value])[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [[path, value]]
  if (Array.isArray(value))
    return value.some(isRecord)
      ? value.flatMap((item, index) => leavesOf(item, `${path}[${index}]`))
      : [[path, value.join(', ')]]
  if (!isRecord(value)) return []
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, path === '' ? key : `${path}.${key}`))
}

/** Names of settings whose value nobody is shown. */
const SECRETS = /(?:^|\.)(?:pass|passphrase|password|clientSecret|refreshToken)$/

function shown(setting: string, value: Value): Value {
  if (SECRETS.test(setting)) return value === '' ? 'not set' : 'set'
  // A URL holds user name and password, and PEM may be a private key.
  if (/(?:^|\.)(?:transport|proxy)$/.test(setting) && typeof value === 'string')
    return urlWithoutLogin(value, '***@')
  return typeof value === 'string' && value.includes('-----BEGIN ') ? 'PEM' : value
}

/** What holds where nothing else is said: of the transport, once it is known which it is. */
function defaultsOf(
  { transport }: HeldSettings,
  held: HeldByProfile | null,
): Readonly<Record<string, Value>> {
  const common = { timeout: DEFAULT_TIMEOUT }
  // What it lacks may be what they go by.
  if (held?.profile.unusable !== undefined) return common
  if (transport === undefined) return { ...common, 'transport.folder': 'outbox' }
  const known = knownTransport(transport)
  if (known.kind !== 'smtp') return common
  const {
    port,
    tls,
    verify,
    connectionTimeout,
    greetingTimeout,
    socketTimeout,
    maxConnections,
    maxMessages,
  } = known.settings
  const settings = {
    port,
    tls: shownTls(tls),
    verify,
    connectionTimeout,
    greetingTimeout,
    socketTimeout,
    maxConnections,
    maxMessages,
  }
  return {
    ...common,
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`transport.${key}`, value])),
    ...(known.settings.auth === null && { 'transport.auth': 'not set' }),
  }
}
