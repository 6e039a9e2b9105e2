import { resolve } from 'node:path'
import type { ConfigEditor } from './config-editor.js'
import { isRecord, variableIn } from './environment.js'
import { writeSecret } from './secrets-file.js'
import { valueAt } from './value-at.js'

/** A secret: itself, to be kept in the secrets file, or the variable that holds it. */
export type GivenSecret = { readonly secret: string } | { readonly variable: string }

/** The secrets that a change of a profile brings. */
export interface GivenSecrets {
  /** The user's password. */
  readonly password?: GivenSecret
  /** What Graph's application proves itself by. */
  readonly clientSecret?: GivenSecret
}

/** The variables that hold what is given: those that were named, else the profile's own. */
export function variablesOf(name: string, { password, clientSecret }: GivenSecrets) {
  const own = ownVariables(name)
  return {
    password: variableOf(password, own.password),
    clientSecret: variableOf(clientSecret, own.clientSecret),
  }
}

/** Writes the secrets that are given themselves into the secrets file. */
export async function keepSecrets(
  editor: ConfigEditor,
  name: string,
  { password, clientSecret }: GivenSecrets,
): Promise<void> {
  const own = ownVariables(name)
  for (const [given, variable] of [
    [password, own.password],
    [clientSecret, own.clientSecret],
  ] as const)
    if (given && 'secret' in given) await keepSecret(editor, variable, given.secret)
}

/** Takes a removed profile's own secrets out of the secrets file, save those that somebody else names. */
export async function forgetSecrets(editor: ConfigEditor, name: string, profile: unknown): Promise<void> {
  const variables = SECRET_SETTINGS.map((setting) => variableIn(valueAt(profile, setting)))
  const secrets = valueAt(editor.value(), 'secrets')
  for (const variable of Object.values(ownVariables(name)))
    if (variables.includes(variable) && typeof secrets === 'string' && !names(editor.value(), variable))
      await writeSecret(resolve(editor.folder, secrets), variable, undefined)
}

async function keepSecret(editor: ConfigEditor, variable: string, secret: string): Promise<void> {
  const secrets = valueAt(editor.value(), 'secrets')
  const path = typeof secrets === 'string' ? secrets : SECRETS
  // First: a config that names a secret that is not there could not be read.
  await writeSecret(resolve(editor.folder, path), variable, secret)
  if (secrets === undefined) editor.set(['secrets'], path)
}

function variableOf(given: GivenSecret | undefined, own: string): string | undefined {
  return given && ('variable' in given ? given.variable : own)
}

/** Where secrets are kept that no variable was named for, beside the config file. */
const SECRETS = './incident-mailer.secrets.json'

/** In the name's own case: `soc` and `SOC` are two profiles. */
function ownVariables(name: string) {
  return { password: `PROFILE_${name}_PASSWORD`, clientSecret: `PROFILE_${name}_CLIENT_SECRET` }
}

/** Where those may be named. */
const SECRET_SETTINGS = [
  'transport.auth.pass',
  'transport.graph.oauth.password',
  'transport.graph.oauth.clientSecret',
]

/** Whether any setting is that variable. */
function names(value: unknown, variable: string): boolean {
  if (isRecord(value) || Array.isArray(value))
    return Object.values(value).some((item) => names(item, variable))
  return variableIn(value) === variable
}
