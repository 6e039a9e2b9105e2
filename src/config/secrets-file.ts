import { stat } from 'node:fs/promises'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { parseJson } from '../json.js'
import { invalidOption } from '../options.js'
import { readRegularFile } from '../read-file.js'
import { replaceFile } from '../replace-file.js'
import { isRecord } from './environment.js'

/**
 * Reads a file of secrets: a JSON object of strings, by the names that `$NAME` refers to. One that others may read
 * is no secret, and is refused.
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `INVALID_CONFIG`
 */
export async function readSecrets(path: string): Promise<Readonly<Record<string, string>>> {
  let text: string
  try {
    const { mode } = await stat(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw invalidOption(
        'secrets',
        `others may read the secrets in ${path}; take that from them: chmod 600 ${path}`,
      )
    text = (await readRegularFile(path)).toString('utf8')
  } catch (cause) {
    if (cause instanceof IncidentMailerError) throw cause
    const missing = codeOf(cause) === 'ENOENT'
    const message = missing
      ? `there is no secrets file ${path}`
      : `cannot read the secrets file ${path}: ${messageOf(cause)}`
    throw new IncidentMailerError(missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', message, {
      ...{ stage: 'config', field: 'secrets', cause },
    })
  }
  return checked(text, path)
}

/**
 * Puts a secret into the file, or takes it out, and leaves the others. The file is made where it is not there; nobody
 * but its owner may read it.
 *
 * @param value - undefined takes the secret out
 */
export async function writeSecret(path: string, name: string, value: string | undefined): Promise<void> {
  const there = await stat(path).then(
    () => true,
    () => false,
  )
  const { [name]: _, ...others } = there ? await readSecrets(path) : {}
  const secrets = value === undefined ? others : { ...others, [name]: value }
  await replaceFile(path, `${JSON.stringify(secrets, null, 2)}\n`)
}

function checked(text: string, path: string): Readonly<Record<string, string>> {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw invalidOption('secrets', `${path} does not parse: ${messageOf(error)}`)
  }
  if (!isRecord(value))
    throw invalidOption('secrets', `${path} must hold an object: { "SMTP_PASSWORD": "..." }`)
  const secrets: Record<string, string> = {}
  for (const [name, secret] of Object.entries(value)) {
    if (typeof secret !== 'string') throw invalidOption('secrets', `${path}: ${name} must be a string`)
    secrets[name] = secret
  }
  return secrets
}
