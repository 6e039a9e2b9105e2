import type { IncidentMailerError } from '../../errors.js'
import { invalidOption } from '../../options.js'
import type { SmtpOptions } from './options.js'

/**
 * Reads a mail server's URL: `smtp://user:password@host:port` or `smtps:` for TLS from the first octet. Other
 * options follow as a query: `smtp://mail.example.com?tls=none&name=soc.example.com`.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`, never with the URL itself, which may hold a password
 */
export function smtpUrl(text: string): SmtpOptions {
  const url = parsed(text)
  const implicit = url.protocol === 'smtps:'
  if (!implicit && url.protocol !== 'smtp:')
    // Without the scheme: a password may stand in its place.
    throw invalid('begins with neither smtp: nor smtps:; it reads like smtp://user:password@mail.example.com')
  // An @ in the query: what came before was the start of a password, not the host.
  if (!/^\/?$/.test(url.pathname) || url.hash !== '' || url.search.includes('@'))
    throw invalid(
      'has something after the host that it should not have; a / ? # or @ in a password or an option is %2F %3F %23 %40',
    )
  const query: Record<string, unknown> = {}
  for (const [key, value] of url.searchParams) {
    if (Object.hasOwn(query, key)) throw invalid('has an option twice in its query; leave one of them out')
    query[key] = scalar(value)
  }
  if ('proxy' in query)
    throw invalid('has proxy in its query; write the transport as an object, with host and proxy')
  for (const key of ['host', 'auth', 'port'])
    if (key in query) throw invalid(`has ${key} in its query; put it before the question mark`)
  const auth = { user: decoded(url.username), pass: decoded(url.password) }
  return {
    ...query,
    host: decoded(url.hostname),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(implicit && { secure: true }),
    ...((url.username !== '' || url.password !== '') && { auth }),
  }
}

function parsed(text: string): URL {
  try {
    return new URL(text)
  } catch {
    // Without the cause: it holds the URL.
    throw invalid('is not a URL; it reads like smtp://user:password@mail.example.com:587')
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('has a % that should be written %25')
  }
}

function scalar(value: string): string | number | boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  return /^\d{1,10}$/.test(value) ? Number(value) : value
}

function invalid(message: string): IncidentMailerError {
  return invalidOption('transport', `the URL in transport ${message}`)
}
