import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type ErrorSummary, IncidentMailerError } from '../errors.js'

/** An error, and where it is. */
export interface PreviewProblem extends ErrorSummary {
  readonly place: ProblemPlace | null
}

/** The lines around an error. */
export interface ProblemPlace {
  /** The file, or what the user typed in: `the opened template`. */
  readonly file: string
  /** Counted from one. */
  readonly line: number
  /** Counted from one, or null where only the line is known. */
  readonly column: number | null
  readonly lines: readonly { readonly number: number; readonly text: string }[]
}

/** Where the texts are that an error may be in. */
export interface ProblemSources {
  /** The folders that templates are loaded from, first match first. */
  readonly templateFolders: readonly string[]
  /** Texts that are in no file, by the name that errors give them: `inlineTemplate`. */
  readonly texts: Readonly<Record<string, string>>
  /** Files that an error may name in its message: the config's, the incident's. */
  readonly files: readonly string[]
}

/** Finds the lines around an error. */
export async function explainProblem(
  error: IncidentMailerError,
  sources: ProblemSources,
): Promise<PreviewProblem> {
  return { ...error.toJSON(), place: await placeOf(error, sources) }
}

async function placeOf(error: IncidentMailerError, sources: ProblemSources): Promise<ProblemPlace | null> {
  const location = templateLocation(error.cause)
  if (location) {
    const text = await templateText(location.template, sources)
    return text && excerpt(text, location.line, location.column)
  }
  const file = sources.files.find((each) => error.message.includes(each))
  const named = Object.keys(sources.texts).find((name) => error.message.includes(name))
  const text =
    file !== undefined
      ? await fileText(file)
      : named !== undefined
        ? { file: named, text: sources.texts[named] ?? '' }
        : null
  if (!text) return null
  const [, line, column] = /\bline (\d+),? column (\d+)/.exec(error.message) ?? []
  if (line !== undefined) return excerpt(text, Number(line), Number(column))
  const found = error.field === null ? null : lineOfKey(text.text, error.field)
  return found === null ? null : excerpt(text, found, null)
}

interface NamedText {
  readonly file: string
  readonly text: string
}

interface Location {
  readonly template: string
  readonly line: number
  readonly column: number | null
}

/** The place that the template language gives its errors. */
function templateLocation(cause: unknown): Location | null {
  const { location } = Object(cause) as { location?: Location | null }
  return location && typeof location.line === 'number' ? location : null
}

async function templateText(name: string, sources: ProblemSources): Promise<NamedText | null> {
  const text = sources.texts[name]
  if (text !== undefined) return { file: NAMES[name] ?? name, text }
  if (isAbsolute(name)) return await fileText(name)
  for (const folder of sources.templateFolders) {
    const found = await fileText(join(folder, name))
    if (found) return found
  }
  return null
}

/** What a text is called that someone typed or opened. */
const NAMES: Readonly<Record<string, string>> = {
  inlineTemplate: 'The opened template',
  subject: 'The subject',
}

async function fileText(file: string): Promise<NamedText | null> {
  return await readFile(file, 'utf8').then(
    (text) => ({ file, text }),
    () => null,
  )
}

function excerpt({ file, text }: NamedText, line: number, column: number | null): ProblemPlace {
  const all = text.split(/\r\n|\n/)
  const first = Math.max(1, line - AROUND)
  const lines = all
    .slice(first - 1, line + AROUND)
    .map((each, index) => ({ number: first + index, text: masked(each).slice(0, LONGEST) }))
  return { file, line, column, lines }
}

/** A config file's line may hold a password, which nobody needs to see to find a missing comma. */
function masked(line: string): string {
  return line.replace(SECRET, (_, key: string) => `${key}…`)
}

const SECRET = /(["']?\w*(?:pass|secret|token|phrase)\w*["']?\s*[:=]\s*).+/i

/** The line on which a key of JSON or YAML stands: `smime.identity.p12` is the `p12` behind the `identity` behind it. */
function lineOfKey(text: string, path: string): number | null {
  let offset = 0
  for (const key of path.split('.')) {
    const escaped = key.replace(/\[\d+\]$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const found = new RegExp(`^[ \\t{,-]*["']?${escaped}["']?\\s*:|"${escaped}"\\s*:`, 'm').exec(
      text.slice(offset),
    )
    if (!found) return offset === 0 ? null : lineAt(text, offset)
    offset += found.index + found[0].length
  }
  return lineAt(text, offset)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

// Lines shown before and behind the one in question, and characters of each.
const AROUND = 3
const LONGEST = 400

/** What was thrown, as an error of ours: a bug of a filter or of ours is told like any other. */
export function asProblem(thrown: unknown): IncidentMailerError {
  if (thrown instanceof IncidentMailerError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new IncidentMailerError('INTERNAL', message, { cause: thrown })
}
