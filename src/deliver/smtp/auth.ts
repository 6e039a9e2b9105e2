import { IncidentMailerError } from '../../errors.js'
import type { Place } from './error.js'
import { type Offered, parseReply } from './reply.js'
import type { SmtpSettings } from './settings.js'

/** How one connection logged in. */
export interface Authentication {
  /** The SASL mechanism, or null where nobody logged in. */
  readonly mechanism: string | null
  /** What was tried before, in order. */
  readonly failures: readonly IncidentMailerError[]
}

/** A connection, as far as logging in needs it. */
export interface AuthWire {
  readonly place: Place
  readonly offered: Offered
  /** Whether the connection is still there. */
  alive(): boolean
  /** One exchange (RFC 4954, section 4); throws an error of ours unless the server said 235. */
  login(mechanism: string, user: string, secret: string, signal: AbortSignal | undefined): Promise<void>
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
  const attempts: (() => Promise<string>)[] = []
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
): Promise<string> {
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
): Promise<string> {
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
  known: readonly string[],
  field: string,
): string {
  const wanted = authMechanism !== null && known.includes(authMechanism) ? [authMechanism] : known
  const found = wanted.find((mechanism) => mechanisms.includes(mechanism))
  if (found !== undefined) return found
  const offers = mechanisms.length === 0 ? 'no authentication' : `only ${mask(mechanisms.join(', '))}`
  const has = field === 'transport.auth' ? 'has a password' : 'needs XOAUTH2 or OAUTHBEARER'
  throw new IncidentMailerError(
    'AUTHENTICATION_FAILED',
    `${server} offers ${offers}, but ${field} ${has}; check the port and transport.tls, or leave ${field.replace('transport.', '')} out`,
  )
}

/** What nodemailer hands to a mechanism of ours. */
interface Exchange {
  readonly auth: { readonly credentials?: { readonly user?: string; readonly pass?: string } }
  readonly method: string
  sendCommand(command: string): Promise<{ readonly response: string }>
}

/**
 * XOAUTH2, and OAUTHBEARER (RFC 7628). A refusal comes as a challenge of 334, which has to be answered before the
 * server gives its verdict (section 3.2.3).
 */
export function tokenExchange(host: string, port: number) {
  return async ({ auth: { credentials }, method: own, sendCommand }: Exchange): Promise<void> => {
    const { user = '', pass: token = '' } = credentials ?? {}
    const method = own.slice(OWN.length)
    const bearer = method === 'OAUTHBEARER'
    const words = bearer
      ? `n,a=${saslName(user)},\x01host=${host}\x01port=${port}\x01auth=Bearer ${token}\x01\x01`
      : `user=${user}\x01auth=Bearer ${token}\x01\x01`
    const { response } = await sendCommand(`AUTH ${method} ${Buffer.from(words).toString('base64')}`)
    const challenged = parseReply(response).code === 334
    const verdict = challenged ? (await sendCommand(bearer ? 'AQ==' : '')).response : response
    if (parseReply(verdict).code !== 235) throw new Error('the token was refused')
  }
}

/** RFC 5801, section 4. */
function saslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

/** Those that take a password, the most common first. */
const PASSWORD_MECHANISMS = ['PLAIN', 'LOGIN', 'CRAM-MD5']

/** Those that take a token. */
const TOKEN_MECHANISMS = ['XOAUTH2', 'OAUTHBEARER']

/**
 * Our own exchanges have names of their own: asked for XOAUTH2 itself, nodemailer takes whatever the server offers
 * first, and would send the token as a password.
 */
export const OWN = 'OWN-'

/** What nodemailer calls a mechanism. */
export function methodOf(mechanism: string): string {
  return TOKEN_MECHANISMS.includes(mechanism) ? OWN + mechanism : mechanism
}
