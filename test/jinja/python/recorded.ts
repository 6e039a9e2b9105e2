import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MatrixRow } from './matrix.js'
import type { PythonJinja2 } from './python-jinja2.js'

/** What Jinja2 gave: a text, an error, or a text with an address in it that differs with every run. */
export type Expected = string | typeof failed | typeof unsteady

export const failed = Symbol('Jinja2 raises')
export const unsteady = Symbol('differs with every run')

/** The recorded answers: every text once, and for each template the places of its texts, runs written `place*times`. */
interface Recording {
  readonly texts: readonly string[]
  readonly answers: Readonly<Record<string, string>>
}

const file = join(import.meta.dirname, '../recorded/matrix.json')

/** Reads what was recorded: by template, one answer a context. */
export function readRecorded(): ReadonlyMap<string, readonly Expected[]> {
  const { texts, answers }: Recording = JSON.parse(readFileSync(file, 'utf8'))
  const decoded = (place: string): Expected => {
    if (place === '!') return failed
    return place === '?' ? unsteady : (texts[Number.parseInt(place, 36)] ?? unsteady)
  }
  return new Map(
    Object.entries(answers).map(([template, runs]) => [
      template,
      runs.split(' ').flatMap((run) => {
        const [place = '', times = '1'] = run.split('*')
        return Array.from({ length: Number(times) }, () => decoded(place))
      }),
    ]),
  )
}

/** Asks Jinja2 itself for a row. */
export async function askJinja2(python: PythonJinja2, row: MatrixRow): Promise<Expected[]> {
  const contexts = row.contexts.map((context) =>
    Object.fromEntries(Object.entries(context).map(([name, { python }]) => [name, python])),
  )
  const answers = await python.renderAll({ template: row.template, contexts })
  return answers.map(({ text }) => {
    if (text === undefined) return failed
    return / at 0x[0-9a-f]{6,}/.test(text) ? unsteady : text
  })
}

/** Writes what Jinja2 gave. */
export function record(answers: ReadonlyMap<string, readonly Expected[]>): void {
  const places = new Map<string, number>()
  const encoded = (expected: Expected): string => {
    if (expected === failed) return '!'
    if (typeof expected !== 'string') return '?'
    const place = places.get(expected) ?? places.size
    places.set(expected, place)
    return place.toString(36)
  }
  const written = Array.from(answers, ([template, all]) => {
    const runs: { readonly place: string; times: number }[] = []
    for (const place of all.map(encoded)) {
      const last = runs.at(-1)
      if (last?.place === place) last.times++
      else runs.push({ place, times: 1 })
    }
    const short = runs.map(({ place, times }) => (times === 1 ? place : `${place}*${times}`))
    return [template, short.join(' ')]
  })
  const recording: Recording = { texts: [...places.keys()], answers: Object.fromEntries(written) }
  writeFileSync(file, `${JSON.stringify(recording, null, 2)}\n`)
}
