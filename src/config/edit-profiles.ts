import { IncidentMailerError } from '../errors.js'
import { suggestion } from '../nearest.js'
import { invalidOption } from '../options.js'
import { quoted } from '../quoted.js'
import { changedTransport, type TransportChanges, transportWithoutSecrets } from './changed-transport.js'
import { checkAuthor, checkWrittenProfile } from './check-written-profile.js'
import { type ConfigEditor, editConfig } from './config-editor.js'
import { isRecord } from './environment.js'
import { replacedBy } from './held-by-profile.js'
import { forgetSecrets, type GivenSecrets, keepSecrets, variablesOf } from './profile-secrets.js'
import { valueAt } from './value-at.js'

/** What is set of a profile; what is left out stays as it is. */
export interface ProfileChanges extends GivenSecrets {
  /** `type`, which stays as it is once it is there; `description`, `from`, `signature`; an empty text takes one out. */
  readonly texts: Readonly<Record<string, string>>
  /** `user`; of a mail server `host`, `port`, `tls`; of Graph `tenant`, `clientId`, `refreshTokenFile`. */
  readonly transport: TransportChanges
  /** Make it the default. */
  readonly makeDefault: boolean
}

/** Where the profiles are that a command changes. */
export interface EditOptions {
  /** The config file. Default: the one in the working directory, or a new one there. */
  readonly file?: string
  /** Default: the process's. */
  readonly cwd?: string
}

/** What a change came to. */
export interface Edited {
  readonly file: string
  readonly name: string
  /** The default profile now, or null. */
  readonly default: string | null
  /** What holds no more from now on, in sentences. */
  readonly notes: readonly string[]
}

/** A config file that is being changed, and the default profile that it had. */
interface Opened extends ConfigEditor {
  readonly defaultBefore: unknown
}

/**
 * Adds a profile. The first one is the default.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for one that is there already, or no profile
 */
export async function addProfile(
  name: string,
  changes: ProfileChanges,
  options: EditOptions,
): Promise<Edited> {
  const editor = await open(options)
  if (profilesIn(editor).includes(name))
    throw invalidOption('profiles', `there is a profile ${quoted(name)} already`)
  const first = profilesIn(editor).length === 0 && editor.defaultBefore === undefined
  return await change(
    editor,
    name,
    { type: changes.texts.type?.toLowerCase() ?? 'smtp' },
    { ...changes, makeDefault: changes.makeDefault || first },
  )
}

/** Changes a profile. */
export async function editProfile(
  name: string,
  changes: ProfileChanges,
  options: EditOptions,
): Promise<Edited> {
  const editor = await open(options)
  return await change(editor, name, existing(editor, name), changes)
}

/** Copies a profile without its secret: the copy cannot be used before it has one of its own. */
export async function copyProfile(name: string, copy: string, options: EditOptions): Promise<Edited> {
  const editor = await open(options)
  const profile = existing(editor, name)
  if (profilesIn(editor).includes(copy))
    throw invalidOption('profiles', `there is a profile ${quoted(copy)} already`)
  const transport = isRecord(profile.transport) ? profile.transport : {}
  const copied = { ...profile, transport: transportWithoutSecrets(transport) }
  checkWrittenProfile(copy, copied, editor.path)
  return await store(editor, copy, copied)
}

/** Makes a profile the default; the one that was is so no more. */
export async function makeDefault(name: string, options: EditOptions): Promise<Edited> {
  const editor = await open(options)
  existing(editor, name)
  editor.set(['profile'], name)
  return await saved(editor, name)
}

/**
 * Removes a profile, and its password from the secrets file. Where it is the default, another has to become so.
 *
 * @param successor - the new default. Default: none was named
 */
export async function removeProfile(
  name: string,
  successor: string | undefined,
  options: EditOptions,
): Promise<Edited> {
  const editor = await open(options)
  const profile = existing(editor, name)
  const others = profilesIn(editor).filter((other) => other !== name)
  if (editor.defaultBefore === name) {
    if (successor === undefined && others.length > 0)
      throw new IncidentMailerError(
        'USAGE',
        `${quoted(name)} is the default; name the new one with --default: there are ${others.join(', ')}`,
      )
    editor.set(['profile'], successor)
  }
  if (successor !== undefined) {
    if (successor === name)
      throw new IncidentMailerError(
        'USAGE',
        `${quoted(name)} cannot become the default, since it is removed; name another one with --default${others.length > 0 ? `: there are ${others.join(', ')}` : ', or none, for it is the last'}`,
      )
    existing(editor, successor)
    editor.set(['profile'], successor)
  }
  editor.set(['profiles', name], undefined)
  const edited = await saved(editor, name)
  // Last: a config that names a secret that is not there could not be read.
  await forgetSecrets(editor, name, profile)
  return edited
}

async function open({ file, cwd = process.cwd() }: EditOptions): Promise<Opened> {
  const editor = await editConfig(file, cwd)
  return { ...editor, defaultBefore: valueAt(editor.value(), 'profile') }
}

function profilesIn(editor: ConfigEditor): string[] {
  const profiles = valueAt(editor.value(), 'profiles')
  return isRecord(profiles) ? Object.keys(profiles) : []
}

function existing(editor: ConfigEditor, name: string): Readonly<Record<string, unknown>> {
  const known = profilesIn(editor)
  const profile = known.includes(name) ? valueAt(editor.value(), `profiles.${name}`) : undefined
  if (isRecord(profile)) return profile
  throw invalidOption(
    'profiles',
    `there is no profile ${quoted(name)} in ${editor.path}; ${suggestion(name, known)}`,
  )
}

async function change(
  editor: Opened,
  name: string,
  profile: Readonly<Record<string, unknown>>,
  { texts, transport, makeDefault, ...secrets }: ProfileChanges,
): Promise<Edited> {
  const type = profile.type ?? (isRecord(valueAt(profile, 'transport.graph')) ? 'graph' : 'smtp')
  if (texts.type !== undefined && texts.type.toLowerCase() !== type)
    throw new IncidentMailerError(
      'USAGE',
      `${quoted(name)} is of another type, and stays so; add a profile of its own`,
    )
  const complete = {
    ...profile,
    ...texts,
    transport: changedTransport(type, profile.transport, transport, variablesOf(name, secrets)),
  }
  checkAuthor(texts.from, name)
  for (const key of Object.keys(texts)) if (texts[key] === '') Reflect.deleteProperty(complete, key)
  checkWrittenProfile(name, complete, editor.path)
  await keepSecrets(editor, name, secrets)
  if (makeDefault) editor.set(['profile'], name)
  return await store(editor, name, complete)
}

async function store(
  editor: Opened,
  name: string,
  profile: Readonly<Record<string, unknown>>,
): Promise<Edited> {
  merge(editor, ['profiles', name], valueAt(editor.value(), `profiles.${name}`), profile)
  return await saved(editor, name)
}

/** Sets only what differs, so that comments beside the rest stay where they are. */
function merge(editor: ConfigEditor, path: readonly string[], before: unknown, after: unknown): void {
  if (!isRecord(before) || !isRecord(after)) {
    if (before !== after) editor.set(path, after)
    return
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    merge(editor, [...path, key], before[key], after[key])
}

async function saved(editor: Opened, name: string): Promise<Edited> {
  try {
    await editor.save()
  } catch (cause) {
    throw new IncidentMailerError('FILE_UNWRITABLE', `cannot write ${editor.path}`, {
      stage: 'config',
      cause,
    })
  }
  const chosen = valueAt(editor.value(), 'profile')
  const becomesFirst = typeof chosen === 'string' && editor.defaultBefore === undefined
  return {
    ...{ file: editor.path, name, default: typeof chosen === 'string' ? chosen : null },
    notes: becomesFirst ? notesOnOwn(editor, chosen) : [],
  }
}

/** Says which of the settings for all mails a first default profile takes the place of. */
function notesOnOwn(editor: ConfigEditor, chosen: string): string[] {
  const config = editor.value()
  const own = replacedBy(valueAt(config, `profiles.${chosen}`), config)
  if (own.length === 0) return []
  return [
    `mails go by the profile ${chosen} from now on, since it is the default: the config file's own ${own.join(' and ')} ${own.length > 1 ? 'hold' : 'holds'} no more; for that again, take "profile" out of ${editor.path}`,
  ]
}
