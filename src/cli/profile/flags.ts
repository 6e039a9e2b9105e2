import type { ProfileChanges } from '../../config/edit-profiles.js'
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
  readonly from?: string
  readonly signature?: string
  readonly description?: string
  readonly default?: boolean
}

/** Those flags, as `--help` shows them. */
export const PROFILE_FLAGS: readonly (readonly [flag: string, description: string])[] = [
  ['--type <type>', 'smtp (default)'],
  ['--host <name>', 'the mail server'],
  ['--port <number>', 'its port (default: by --tls)'],
  ['--tls <mode>', 'implicit, starttls or none (default: implicit for port 465, else starttls)'],
  ['--user <name>', 'who logs in; the password is asked for'],
  ['--password', 'ask for the password: at the terminal, or on stdin'],
  ['--password-variable <name>', 'the variable that holds the password, instead of asking for it'],
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
  const transport = {
    ...given({ host, tls, user }),
    ...(port !== undefined && { port: portOf(port) }),
  }
  return {
    texts: given({ type, from, signature, description }),
    transport,
    password: await passwordOf(flags, signal, asks),
    makeDefault: flags.default === true,
  }
}

async function passwordOf(
  { password, passwordVariable: variable, user }: ProfileFlags,
  signal: AbortSignal,
  asks: boolean,
): Promise<ProfileChanges['password']> {
  if (variable !== undefined) {
    if (password)
      throw new IncidentMailerError('USAGE', '--password and --password-variable: give one of them')
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
      // Without it: somebody may have taken the flag for the place of the password.
      throw new IncidentMailerError(
        'USAGE',
        '--password-variable is the name of a variable: letters, digits, underscores',
      )
    return { variable }
  }
  if (!password && !(asks && user !== undefined)) return undefined
  const { readSecret } = await import('../read-secret.js')
  return { secret: await readSecret('password', signal) }
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
