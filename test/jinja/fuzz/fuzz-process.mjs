// Renders random templates until one of them breaks a promise, in a process of its own that may be killed:
// fuzz-process.js FOLDER, once bundled, with FUZZ_RUNS and FUZZ_SEED in the environment.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { templateHelper } from '../../../src/incident/template-helper.js'
import { createEnvironment, templateVariables } from '../../../src/jinja/environment.js'
import { filters } from '../../../src/jinja/filters/filters.js'
import { dictMethods } from '../../../src/jinja/methods/dict.js'
import { listMethods } from '../../../src/jinja/methods/list.js'
import { textMethods } from '../../../src/jinja/methods/text.js'
import { TemplateError } from '../../../src/jinja/template-error.js'
import { createTests } from '../../../src/jinja/tests/tests.js'
import { hostParts } from '../../../src/render/filters/host-parts.js'
import { mailFilters } from '../../../src/render/filters/mail-filters.js'
import { data, sources } from './random-templates.mjs'

const [folder] = process.argv.slice(2)
const bounds = { steps: 20_000, output: 100_000, nesting: 20, time: 2000 }
const mail = { locale: 'en', timeZone: 'UTC', html: true, now: 1_659_708_203_441 }
const environments = [true, false].map((trims) =>
  createEnvironment({
    folders: [folder],
    bounds,
    trimBlocks: trims,
    lstripBlocks: trims,
    ...hostParts(() => mail, {}),
  }),
)
const kinds = 'error syntax undefined missing source steps output nesting time'.split(' ')
const templates = {
  'base.njk': '<p>{% block a %}{{ a }}{% endblock %}{% block b scoped %}{{ self.a() }}{% endblock %}</p>',
  'child.njk': '{% extends "base.njk" %}{% block a %}{{ super() }}{{ b }}{% endblock %}',
  'macros.njk': '{% macro item(x) %}<b>{{ x }}{{ caller() if caller }}</b>{% endmacro %}{% set list = [1] %}',
  'itself.njk': '{% include "itself.njk" %}',
}
for (const [name, source] of Object.entries(templates)) writeFileSync(join(folder, name), source)

const known = {
  filters: [...filters.keys(), ...Object.keys(mailFilters)],
  tests: [...createTests({ filters }).keys()],
  methods: [...textMethods.keys(), ...dictMethods.keys(), ...listMethods.keys()],
  files: [...Object.keys(templates), '../package.json', '/etc/passwd'],
}
const control = '{% for x in [1, "<"] %}{{ x }}{{ {"a": x} }}{% endfor %}'
const rendered = (environment, source, variables, how) =>
  environment.source(source, 'fuzz', variables, how).text
const expected = rendered(environments[0], control, templateVariables({}), { autoescape: true })
const world = JSON.stringify(
  [Object, Array, String, Function, Map].map(({ prototype }) => Object.getOwnPropertyNames(prototype)),
)

/** How many renders ended how. */
const tally = { text: 0 }

function check(source, values, settings) {
  // Heard by who kills this process when nothing follows.
  process.send?.({ source, values })
  const before = structuredClone(values)
  const helper = templateHelper({ file: { incident: { id: 1 } } })
  let text = ''
  try {
    const variables = templateVariables(values, { template_helper: helper })
    text = rendered(environments[settings.trims ? 0 : 1], source, variables, settings)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    if (!kinds.includes(error.kind)) throw new Error(`an error of the kind ${error.kind}`)
    // A cause is what a filter or helper says, and no mistake of the engine's own.
    if (error.cause && error.cause.name !== 'Error') throw error.cause
    tally[error.kind] = (tally[error.kind] ?? 0) + 1
    return
  } finally {
    unchanged(values, before)
  }
  tally.text++
  if (typeof text !== 'string' || text.length > bounds.output) throw new Error('no text, or too long a one')
  if (
    /\[object |native code|=>/.test(text) &&
    !/\[object |native code|=>/.test(source + JSON.stringify(values))
  )
    throw new Error(`JavaScript shows: ${text}`)
}

/** Nothing of a render is left behind. */
function unchanged(values, before) {
  if (!isDeepStrictEqual(values, before)) throw new Error("the caller's data has changed")
  if (rendered(environments[0], control, templateVariables({}), { autoescape: true }) !== expected)
    throw new Error('the next render has changed')
  const now = JSON.stringify(
    [Object, Array, String, Function, Map].map(({ prototype }) => Object.getOwnPropertyNames(prototype)),
  )
  if (now !== world) throw new Error('JavaScript itself has changed')
}

const settings = fc.record({
  autoescape: fc.boolean(),
  strictUndefined: fc.boolean(),
  chainUndefined: fc.boolean(),
  trims: fc.boolean(),
})
const outcome = fc.check(fc.property(sources(known), data, settings, check), {
  seed: Number(process.env.FUZZ_SEED ?? 1),
  numRuns: Number(process.env.FUZZ_RUNS ?? 4000),
})
if (outcome.failed) {
  console.error(await fc.asyncDefaultReportMessage(outcome), outcome.errorInstance)
  process.exitCode = 1
}
console.log(JSON.stringify(tally))
process.disconnect?.()
