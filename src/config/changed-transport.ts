import { IncidentMailerError } from '../errors.js'
import { isRecord } from './environment.js'
import { urlWithoutLogin } from './url-without-login.js'

/** What is set of a transport by flags, by their names; what is left out stays as it is. */
export type TransportChanges = Readonly<Record<string, unknown>>

/** The variables that hold a profile's secrets, where such a secret was given. */
export interface SecretVariables {
  readonly password: string | undefined
  readonly clientSecret: string | undefined
}

type Settings = Readonly<Record<string, unknown>>

/**
 * A profile's transport with what flags change of it.
 *
 * @param type - of the profile
 * @throws IncidentMailerError `USAGE` for a flag of another type, or a secret without those it belongs to
 */
export function changedTransport(
  type: unknown,
  before: unknown,
  changes: TransportChanges,
  secrets: SecretVariables,
): Settings {
  const transport = isRecord(before) ? before : {}
  if (type === 'graph')
    return { ...transport, graph: changedGraph(recordIn(transport.graph), changes, secrets) }
  const stranger = GRAPH_FLAGS.find(
    ([key]) => changes[key] !== undefined || (key === 'clientSecret' && secrets.clientSecret !== undefined),
  )
  if (stranger) throw usage(`${stranger[1]} is for profiles of type graph`)
  const { user, ...settings } = changes
  const auth = { ...recordIn(transport.auth), ...(user !== undefined && { user }) }
  if (secrets.password !== undefined && auth.user === undefined)
    throw usage('a password needs a user: --user NAME')
  const pass = secrets.password && { pass: `$${secrets.password}` }
  return { ...transport, ...settings, ...(auth.user !== undefined && { auth: { ...auth, ...pass } }) }
}

function changedGraph(graph: Settings, changes: TransportChanges, secrets: SecretVariables): Settings {
  const stranger = ['host', 'port', 'tls'].find((key) => changes[key] !== undefined)
  if (stranger !== undefined) throw usage(`--${stranger} is for profiles of type smtp`)
  const { user, ...settings } = changes
  const mailbox = user ?? graph.user
  const oauth: Settings = { ...recordIn(graph.oauth), ...settings }
  if (oauth.clientId === undefined)
    throw usage('a profile of type graph needs the id of its application: --client-id ID')
  if (secrets.password !== undefined && mailbox === undefined)
    throw usage('a password needs a user: --user NAME')
  // Whoever logs in by password is the one whose mailbox it is.
  const login = secrets.password !== undefined || oauth.username !== undefined ? { username: mailbox } : {}
  return {
    ...graph,
    ...(mailbox !== undefined && { user: mailbox }),
    oauth: {
      ...oauth,
      ...login,
      ...(secrets.password && { password: `$${secrets.password}` }),
      ...(secrets.clientSecret && { clientSecret: `$${secrets.clientSecret}` }),
    },
  }
}

/** A transport without its secrets: what a copy gets. */
export function transportWithoutSecrets(transport: Settings): Settings {
  const { graph, auth, oauth } = transport
  return {
    ...withoutLogin(transport),
    ...(isRecord(graph) && { graph: { ...graph, oauth: withoutSecrets(recordIn(graph.oauth)) } }),
    ...(isRecord(auth) && { auth: { user: auth.user } }),
    ...(isRecord(oauth) && { oauth: withoutSecrets(oauth) }),
  }
}

function withoutSecrets(oauth: Settings): Settings {
  const { clientSecret, refreshToken, refreshTokenFile, password, ...others } = oauth
  return withoutLogin(others)
}

/** Settings without who logs in at their proxy. */
function withoutLogin(settings: Settings): Settings {
  const { proxy } = settings
  if (typeof proxy !== 'string') return settings
  return { ...settings, proxy: urlWithoutLogin(proxy, '') }
}

function recordIn(value: unknown): Settings {
  return isRecord(value) ? value : {}
}

const GRAPH_FLAGS = [
  ['tenant', '--tenant'],
  ['clientId', '--client-id'],
  ['clientSecret', '--client-secret'],
  ['refreshTokenFile', '--refresh-token-file'],
] as const

function usage(message: string): IncidentMailerError {
  return new IncidentMailerError('USAGE', message)
}
