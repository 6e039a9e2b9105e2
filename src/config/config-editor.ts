import { readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { applyEdits, modify } from 'jsonc-parser'
import { IncidentMailerError } from '../errors.js'
import { parseJson } from '../json.js'
import { invalidOption } from '../options.js'
import { replaceFile } from '../replace-file.js'
import { findConfigFile, readConfigFile } from './config-file.js'

/** A config file that is being changed. What is not changed keeps its place, its comments and its look. */
export interface ConfigEditor {
  readonly path: string
  readonly folder: string
  /** What it holds now, with its `$NAME`s. */
  value(): unknown
  /** Sets what stands at a path of keys; undefined takes it out. */
  set(keys: readonly string[], value: unknown): void
  /** Writes the file at once; only its owner may read it. */
  save(): Promise<void>
}

/**
 * Opens the config file that was named, else the one in the working directory, else a new `incident-mailer.json`
 * there.
 *
 * @throws IncidentMailerError as reading it does, and `INVALID_CONFIG` for an app.config, which is read and
 * never written
 */
export async function editConfig(named: string | undefined, cwd: string): Promise<ConfigEditor> {
  const found = await findConfigFile(named, cwd)
  const path = found ?? join(cwd, 'incident-mailer.json')
  const format = extname(path).toLowerCase()
  if (format === '.config' || format === '.ini')
    throw invalidOption(
      null,
      `${path} is an app.config, which is read and never written; name a .json or .yaml file with --config`,
    )
  // Read as everywhere else first, for its errors.
  if (found !== null) await readConfigFile(path, {}).catch(unlessMissing)
  const text = await readFile(path, 'utf8').catch(() => (format === '.json' ? '{}\n' : ''))
  const document = format === '.json' ? jsonDocument(text) : await yamlDocument(text)
  return {
    path,
    folder: dirname(path),
    value: document.value,
    set: document.set,
    save: () => replaceFile(path, document.text()),
  }
}

/** A named file that is not there is made. */
function unlessMissing(error: unknown): void {
  if (!(error instanceof IncidentMailerError && error.code === 'FILE_NOT_FOUND')) throw error
}

type Document = Pick<ConfigEditor, 'value' | 'set'> & { text(): string }

function jsonDocument(original: string): Document {
  let text = original
  const tabs = /^\t/m.test(original)
  const tabSize = /^( +)\S/m.exec(original)?.[1]?.length ?? 2
  const formattingOptions = { insertSpaces: !tabs, tabSize, eol: original.includes('\r\n') ? '\r\n' : '\n' }
  return {
    value: () => parseJson(text),
    set(keys, value) {
      text = applyEdits(text, modify(text, [...keys], value, { formattingOptions }))
    },
    text: () => text,
  }
}

async function yamlDocument(text: string): Promise<Document> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text)
  return {
    value: () => document.toJS() ?? {},
    set(keys, value) {
      if (value === undefined) document.deleteIn(keys)
      else document.setIn(keys, value)
    },
    text: () => document.toString(),
  }
}
