import type { ProfileChanges } from '../../config/edit-profiles.js'
import type { GivenSecret } from '../../config/profile-secrets.js'
import { IncidentMailerError } from '../../errors.js'
import type { CommonFlags } from '../command.js'

/** What can be said of a profile by flags. */
export interface ProfileFlags extends CommonFlags {
  readonly type?: string
  readonly host?: string
  readonly port?: string
  readonly tls?: string
  readonly user?: string
  readonly password?: boolean
  readonly passwordVariable?: string
  readonly tenant?: string
  readonly clientId?: string
  readonly clientSecret?: boolean
  readonly clientSecretVariable?: string
  readonly refreshTokenFile?: string
  readonly from?: string
  readonly signature?: string
  readonly description?: string
  readonly default?: boolean
}

/** Those flags, as `--help` shows them. */
export const PROFILE_FLAGS: readonly (readonly [flag: string, description: string])[] = [
  ['--type <type>', 'smtp (default), or graph: Microsoft Graph'],
  ['--host <name>', 'the mail server'],
  ['--port <number>', 'its port (default: by --tls)'],
  ['--tls <mode>', 'implicit, starttls or none (default: implicit for port 465, else starttls)'],
  ['--user <name>', 'who logs in; the password is asked for. With graph: whose mailbox sends'],
  ['--password', 'ask for the password: at the terminal, or on stdin'],
  ['--password-variable <name>', 'the variable that holds the password, instead of asking for it'],
  ['--tenant <name>', "graph: Microsoft's tenant, by name or id"],
  ['--client-id <id>', "graph: the application's id; its secret is asked for"],
  ['--client-secret', 'graph: ask for the secret of the application: at the terminal, or on stdin'],
  ['--client-secret-variable <name>', 'graph: the variable that holds it, instead of asking for it'],
  ['--refresh-token-file <path>', 'graph: where authorize puts the refresh token; no secret is asked for'],
  ['--from <address>', 'the author of mails whose job names none'],
  ['--signature <text>', 'ends every mail; at most 250 characters'],
  ['--description <text>', 'what it is for'],
  ['--default', 'make it the default'],
]

/** The changes that flags ask for, and the password where one is wanted. */
export async function changesOf(
  flags: ProfileFlags,
  signal: AbortSignal,
  asks: boolean,
): Promise<ProfileChanges> {
  const { type, host, port, tls, user, from, signature, description } = flags
  const { tenant, clientId, refreshTokenFile } = flags
  const transport = {
    ...given({ host, tls, user, tenant, clientId, refreshTokenFile }),
    ...(port !== undefined && { port: portOf(port) }),
  }
  return {
    texts: given({ type, from, signature, description }),
    transport,
    ...(await secretsOf(flags, signal, asks)),
    makeDefault: flags.default === true,
  }
}

/** What is asked for, where nothing is said of secrets: the password, and of Graph's application its secret. */
async function secretsOf(
  flags: ProfileFlags,
  signal: AbortSignal,
  asks: boolean,
): Promise<Pick<ProfileChanges, 'password' | 'clientSecret'>> {
  const { type, user, password, passwordVariable, clientId, refreshTokenFile } = flags
  const { clientSecret, clientSecretVariable } = flags
  if (password && clientSecret)
    throw new IncidentMailerError(
      'USAGE',
      '--password and --client-secret: one at a time; then profile edit asks for the other',
    )
  const silent = [password, passwordVariable, clientSecret, clientSecretVariable, refreshTokenFile]
  const unsaid = asks && silent.every((flag) => flag === undefined)
  const graph = type?.toLowerCase() === 'graph'
  return {
    password: await secretOf(
      'password',
      passwordVariable,
      password ?? (unsaid && !graph && user !== undefined),
      signal,
    ),
    clientSecret: await secretOf(
      'client-secret',
      clientSecretVariable,
      clientSecret ?? (unsaid && graph && clientId !== undefined),
      signal,
    ),
  }
}

async function secretOf(
  flag: string,
  variable: string | undefined,
  asks: boolean,
  signal: AbortSignal,
): Promise<GivenSecret | undefined> {
  if (variable !== undefined) {
    if (asks) throw new IncidentMailerError('USAGE', `--${flag} and --${flag}-variable: give one of them`)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
      // Without it: somebody may have taken the flag for the place of the secret.
      throw new IncidentMailerError(
        'USAGE',
        `--${flag}-variable is the name of a variable: letters, digits, underscores`,
      )
    return { variable }
  }
  if (!asks) return undefined
  const { readSecret } = await import('../read-secret.js')
  return { secret: await readSecret(flag.replace('-', ' '), signal) }
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new IncidentMailerError('USAGE', '--port is a number')
}

function given(flags: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(flags)) if (value !== undefined) texts[name] = value
  return texts
}
