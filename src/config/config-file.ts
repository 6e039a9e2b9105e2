import { readFile, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import { parseJson } from '../json.js'
import { invalidOption } from '../options.js'
import { readAppConfig } from './app-config.js'
import { type ConfigDocument, ownDocument } from './config-document.js'
import { type Environment, refuseForeignVariables } from './environment.js'

/** Where a config file may be found without being named. */
const NAMES = ['incident-mailer.json', 'incident-mailer.yaml', 'incident-mailer.yml']

/**
 * The path of the config file: the one that was named, else the one in the working directory, else null.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` where the working directory holds several
 */
export async function findConfigFile(file: string | undefined, cwd: string): Promise<string | null> {
  if (file !== undefined) return resolve(cwd, file)
  const paths = NAMES.map((name) => join(cwd, name))
  const there = await Promise.all(paths.map((path) => stat(path).then(() => true, isElsewhere)))
  const [found, another] = paths.filter((_, index) => there[index])
  if (found !== undefined && another !== undefined) {
    throw invalidOption(
      null,
      `there are both ${found} and ${another}; remove one of them, or name one with --config`,
    )
  }
  return found ?? null
}

/**
 * What a config file holds, not yet checked. The format goes by the extension: JSON, YAML, or IBM's app.config.
 *
 * @throws IncidentMailerError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, or `INVALID_CONFIG` for a file in another
 * format or that does not parse
 */
export async function readConfigFile(path: string, env: Environment): Promise<ConfigDocument> {
  if (await isFolder(path)) {
    const message = `${path} is a folder; name the config file in it`
    throw new IncidentMailerError('FILE_UNREADABLE', message, { stage: 'config' })
  }
  const parse = PARSERS[extname(path).toLowerCase()]
  if (!parse) {
    throw invalidOption(
      null,
      `${path} is in no format that this version reads: .json, .yaml, .yml, and IBM's .config and .ini are`,
    )
  }
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw isElsewhere(cause)
      ? new IncidentMailerError(
          'FILE_UNREADABLE',
          `cannot read the config file ${path}: ${messageOf(cause)}`,
          {
            stage: 'config',
            cause,
          },
        )
      : new IncidentMailerError('FILE_NOT_FOUND', `there is no config file ${path}`, {
          stage: 'config',
          cause,
        })
  })
  try {
    return await parse(text, path, env)
  } catch (error) {
    if (error instanceof IncidentMailerError) throw error
    // Not the cause: the parser's own error may quote the line, and with it a password.
    throw invalidOption(null, `${path} does not parse: ${messageOf(error)}`)
  }
}

type Parser = (text: string, path: string, env: Environment) => ConfigDocument | Promise<ConfigDocument>

const own = (value: unknown, path: string): ConfigDocument => {
  refuseForeignVariables(value, path)
  return ownDocument(value)
}
const yaml: Parser = async (text, path) => own(await parseYaml(text), path)

const PARSERS: Readonly<Record<string, Parser>> = {
  '.json': (text, path) => own(parseJson(text), path),
  '.yaml': yaml,
  '.yml': yaml,
  '.config': readAppConfig,
  '.ini': readAppConfig,
}

/** Parses YAML 1.2, and tells errors by their place and kind without quoting the line. */
async function parseYaml(text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml')
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  // Warnings too: an unknown tag (`pass: !secret`) would change the value in silence.
  const [error] = [...document.errors, ...document.warnings]
  if (error) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    throw new SyntaxError(`line ${line}, column ${col}: ${error.code.toLowerCase().replaceAll('_', ' ')}`)
  }
  try {
    return document.toJS() ?? {}
  } catch {
    throw new SyntaxError('an alias has no anchor, or there are too many; quote a value that starts with *')
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  )
}

/** Whether a file that could not be asked about may still exist. */
function isElsewhere(error: unknown): boolean {
  return !['ENOENT', 'ENOTDIR'].includes(codeOf(error))
}
