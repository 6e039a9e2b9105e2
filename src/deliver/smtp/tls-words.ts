import type { TlsMode } from './options.js'
import type { SmtpSettings } from './settings.js'

/** How a connection is protected, as it is written. */
export const TLS_MODES = ['none', 'starttls', 'implicit'] as const satisfies readonly TlsMode[]

/** What other mail programs call the ways of TLS, and `true` and `false`; a map, for it is asked for strangers' words. */
const ELSEWHERE: ReadonlyMap<string, TlsMode> = new Map([
  ['ssl', 'implicit'],
  ['smtps', 'implicit'],
  ['ssl/tls', 'implicit'],
  ['tls/ssl', 'implicit'],
  ['tls', 'starttls'],
  ['true', 'starttls'],
  ['required', 'starttls'],
  ['opportunistic', 'starttls'],
  ['false', 'none'],
  ['off', 'none'],
  ['plain', 'none'],
])

/** The way of TLS that a word of another program's most likely means, or undefined. */
export function tlsModeMeant(value: unknown): TlsMode | undefined {
  return ELSEWHERE.get(String(value).toLowerCase())
}

/** A way of TLS as people are shown it. What holds on loopback, where nobody wrote one, is none that may be written. */
export function shownTls(tls: SmtpSettings['tls']): string {
  return tls === 'opportunistic' ? 'starttls where offered (loopback)' : tls
}
