import { IncidentMailerError } from '../../errors.js'
import type { Place } from './error.js'
import type { AuthMechanism } from './options.js'
import type { Offered } from './reply.js'
import type { SmtpSettings } from './settings.js'

/** How one connection logged in. */
export interface Authentication {
  /** The SASL mechanism, or null where nobody logged in. */
  readonly mechanism: AuthMechanism | null
  /** What was tried before, in order. */
  readonly failures: readonly IncidentMailerError[]
}

/** A connection, as far as logging in needs it. */
export interface AuthWire {
  readonly place: Place
  readonly offered: Offered
  /** Whether the connection is still there. */
  alive(): boolean
  /** Runs one mechanism; throws an error of ours unless the server said 235. */
  login(
    mechanism: AuthMechanism,
    user: string,
    secret: string,
    signal: AbortSignal | undefined,
  ): Promise<void>
}

/**
 * Logs in as the settings say: with a token, then with the password, whichever there is. The server's final answer to
 * each counts. Where all was refused, nobody is let through who was not asked to be.
 *
 * @throws IncidentMailerError `AUTHENTICATION_FAILED` that tells of each failure in order
 */
export async function authenticate(
  settings: SmtpSettings,
  wire: AuthWire,
  signal: AbortSignal | undefined,
): Promise<Authentication> {
  const { auth, oauth, authType, allowUnauthenticated } = settings
  const failures: IncidentMailerError[] = []
  const attempts: (() => Promise<AuthMechanism>)[] = []
  if (oauth && authType !== 'basic' && authType !== 'none')
    attempts.push(() => withToken(settings, wire, signal))
  if (auth && authType !== 'oauth' && authType !== 'none')
    attempts.push(() => withPassword(settings, wire, signal))
  for (const attempt of attempts) {
    try {
      return { mechanism: await attempt(), failures }
    } catch (error) {
      if (!(error instanceof IncidentMailerError) || signal?.aborted || !wire.alive()) throw error
      if (error.code !== 'AUTHENTICATION_FAILED') throw error
      failures.push(error)
    }
  }
  const [first, ...others] = failures
  if (first === undefined || allowUnauthenticated) return { mechanism: null, failures }
  if (others.length === 0) throw first
  throw new IncidentMailerError(
    'AUTHENTICATION_FAILED',
    failures.map(({ message }, index) => `${index === 0 ? 'first' : 'then'} ${message}`).join('; '),
    { temporary: failures.every(({ temporary }) => temporary), cause: first },
  )
}

async function withToken(
  settings: SmtpSettings,
  wire: AuthWire,
  signal: AbortSignal | undefined,
): Promise<AuthMechanism> {
  const { oauth } = settings
  if (oauth === null) throw new TypeError('there are no OAuth settings')
  const mechanism = chosen(settings, wire, TOKEN_MECHANISMS, 'transport.oauth')
  const token = await oauth.provider.token(signal)
  try {
    await wire.login(mechanism, oauth.user, token, signal)
  } catch (error) {
    // Once: a token may have been withdrawn before its time.
    if (!(error instanceof IncidentMailerError) || error.code !== 'AUTHENTICATION_FAILED') throw error
    if (error.temporary || !wire.alive()) throw error
    const renewed = await oauth.provider.renew(token, signal)
    if (renewed === token) throw error
    await wire.login(mechanism, oauth.user, renewed, signal)
  }
  return mechanism
}

async function withPassword(
  settings: SmtpSettings,
  wire: AuthWire,
  signal: AbortSignal | undefined,
): Promise<AuthMechanism> {
  const { auth } = settings
  if (auth === null) throw new TypeError('there is no password')
  const mechanism = chosen(settings, wire, PASSWORD_MECHANISMS, 'transport.auth')
  await wire.login(mechanism, auth.user, auth.pass, signal)
  return mechanism
}

/** What is configured is not left out where the server does not ask for it. */
function chosen(
  { authMechanism }: SmtpSettings,
  { place: { server, mask }, offered: { mechanisms } }: AuthWire,
  known: readonly AuthMechanism[],
  field: string,
): AuthMechanism {
  const wanted = known.filter((mechanism) => mechanism === authMechanism)
  const taken = wanted.length > 0 ? wanted : known
  const found = taken.find((mechanism) => mechanisms.includes(mechanism))
  if (found !== undefined) return found
  const offers = mechanisms.length === 0 ? 'no authentication' : `only ${mask(mechanisms.join(', '))}`
  const has = field === 'transport.auth' ? 'has a password' : 'needs XOAUTH2 or OAUTHBEARER'
  throw new IncidentMailerError(
    'AUTHENTICATION_FAILED',
    `${server} offers ${offers}, but ${field} ${has}; check the port and transport.tls, or leave ${field.replace('transport.', '')} out`,
  )
}

/** Those that take a password, the most common first. */
const PASSWORD_MECHANISMS: readonly AuthMechanism[] = ['PLAIN', 'LOGIN', 'CRAM-MD5']

/** Those that take a token. */
const TOKEN_MECHANISMS: readonly AuthMechanism[] = ['XOAUTH2', 'OAUTHBEARER']
