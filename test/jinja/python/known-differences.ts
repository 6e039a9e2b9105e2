import { Markup } from '../../../src/jinja/values/values.js'
import type { MatrixValue } from './matrix-values.js'

type Context = Readonly<Record<string, MatrixValue>>

/** The differences that stay. docs/guides/jinja2.md has them for people who write templates. */
const known: readonly {
  readonly why: string
  readonly applies: (template: string, context: Context) => boolean
}[] = [
  {
    why: 'powers with fractions: no complex numbers, and the last digit may differ',
    applies: (template) => template === '{{ a ** b }}',
  },
  {
    why: 'a format that leaves its only value as it is hands marked-up text through unescaped in Python',
    applies: (template, { v }) =>
      /^\{\{ "\{:[^"]*\}"\.format\(v\) \}\}$/.test(template) && v?.value instanceof Markup,
  },
]

/** Whether a difference is one of those that stay. */
export function knownDifference(template: string, context: Context): boolean {
  return known.some(({ applies }) => applies(template, context))
}
