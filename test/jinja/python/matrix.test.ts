import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../setup/with-peer.js'
import { knownDifference } from './known-differences.js'
import { type Category, type MatrixRow, matrix } from './matrix.js'
import { renderOurs } from './ours.js'
import { type PythonJinja2, startPythonJinja2 } from './python-jinja2.js'
import { askJinja2, type Expected, failed, readRecorded, record, unsteady } from './recorded.js'

/** How often we give what Jinja2 gives, and fail where it fails. */
interface Tally {
  texts: number
  same: number
  errors: number
  refused: number
}

const categories: readonly Category[] = ['printing', 'filters', 'tests', 'methods', 'operators', 'look-ups']
const recording = process.env.RECORD_JINJA2 === '1'

describeWith('jinja2')('what is recorded', () => {
  let python: PythonJinja2
  beforeAll(() => {
    python = startPythonJinja2()
  })
  afterAll(() => python.close())

  it('is what Jinja2 gives today', async () => {
    const answers = new Map<string, Expected[]>()
    for (const row of matrix) answers.set(row.template, await askJinja2(python, row))
    if (recording) record(answers)
    const recorded = readRecorded()
    const stale = [...answers].filter(([template, answer]) => !sameAnswers(answer, recorded.get(template)))
    expect(stale.map(([template]) => template)).toEqual([])
    expect([...recorded.keys()].filter((template) => !answers.has(template))).toEqual([])
  }, 300_000)
})

describe('values, filters, tests, methods and operators beside Jinja2', () => {
  let recorded: ReadonlyMap<string, readonly Expected[]>
  const report: string[] = []
  beforeAll(() => {
    recorded = readRecorded()
  })

  it.each(categories)(
    '%s: the same bytes in 97 of 100 cases at least, and errors where Jinja2 has them',
    (category) => {
      const tally: Tally = { texts: 0, same: 0, errors: 0, refused: 0 }
      const unknown: string[] = []
      for (const row of matrix.filter((each) => each.category === category)) compareRow(row, tally, unknown)
      report.push(
        `${category}: ${tally.same} of ${tally.texts} the same (${percent(tally.same, tally.texts)}), ` +
          `${tally.refused} of ${tally.errors} errors are errors here (${percent(tally.refused, tally.errors)})`,
      )
      expect(tally.texts).toBeGreaterThan(200)
      expect(tally.same / tally.texts).toBeGreaterThanOrEqual(0.97)
      expect(tally.refused / tally.errors).toBeGreaterThanOrEqual(0.97)
      // Each of the rest is a difference that docs/guides/jinja2.md names.
      expect(unknown).toEqual([])
    },
    120_000,
  )

  afterAll(() => console.log(`Beside Jinja2:\n  ${report.join('\n  ')}`))

  function compareRow(row: MatrixRow, tally: Tally, unknown: string[]): void {
    const answers = recorded.get(row.template) ?? []
    row.contexts.forEach((context, index) => {
      const expected = answers[index]
      if (expected === undefined || expected === unsteady) return
      const ours = renderOurs(row.template, context)
      if (expected === failed) {
        tally.errors++
        if (typeof ours === 'string') unknown.push(`${describeCase(row, index)}: error expected, ${ours}`)
        else tally.refused++
        return
      }
      tally.texts++
      if (ours === expected) tally.same++
      else if (!knownDifference(row.template, context)) {
        unknown.push(`${describeCase(row, index)}: ${expected} expected, ${ours}`)
      }
    })
  }
})

function describeCase({ template, contexts }: MatrixRow, index: number): string {
  const values = Object.entries(contexts[index] ?? {}).map(([name, { python }]) => `${name} = ${python}`)
  return `${template} with ${values.join(', ').slice(0, 200)}`
}

function sameAnswers(answer: readonly Expected[], recorded: readonly Expected[] | undefined): boolean {
  return recorded?.length === answer.length && answer.every((each, index) => each === recorded[index])
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(2)} %`
}
