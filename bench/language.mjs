// One template, cached, with 30 artifacts and 50 notes: ours (sandbox and copy of the context included) beside
// stock nunjucks and, where it is there, Python's Jinja2.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { createEnvironment, templateVariables } from '../build/jinja/environment.js'
import { measure, print } from './measure.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

export async function languageBench() {
  const context = contextOf(JSON.parse(readFileSync(here('../examples/incidents/2139.json'), 'utf8')))
  const stock = new nunjucks.Environment(new nunjucks.FileSystemLoader(here('.')), { autoescape: true })
  const ours = createEnvironment({ folders: [here('.')] })
  const rows = await measure(
    {
      'stock nunjucks': () => stock.render('language.njk', context),
      'incident-mailer': () =>
        ours.file('language.njk', templateVariables(context), { autoescape: true }).text,
    },
    { turns: 15, calls: 200 },
  )
  const python = inPython(context)
  if (python !== null) {
    const ratio = python / rows[0].milliseconds
    rows.push({ name: 'Jinja2', milliseconds: python, ratio })
  }
  print('One cached template, 30 artifacts, 50 notes', rows)
  if (python === null) console.log('  Jinja2 is not there: apt-get install python3-jinja2')
}

function contextOf({ incident, artifacts, notes, links }) {
  const grow = (list, count) => Array.from({ length: count }, (_, index) => list[index % list.length])
  return {
    incident,
    artifacts: grow(artifacts, 30),
    notes: grow(notes, 50).map(({ text, user_name }) => ({ text, user_name })),
    values: { ...incident, description: incident.description.content },
    url: `${links.baseUrl}/#incidents/${incident.id}`,
  }
}

/** Milliseconds of one render, or null where Python has no Jinja2. */
function inPython(context) {
  const program = `
import json, sys, time
from jinja2 import Environment, FileSystemLoader
environment = Environment(loader=FileSystemLoader(${JSON.stringify(here('.'))}), autoescape=True)
context = json.load(sys.stdin)
render = lambda: environment.get_template('language.njk').render(context)
for _ in range(200): render()
times = []
for _ in range(15):
    started = time.perf_counter()
    for _ in range(100): render()
    times.append((time.perf_counter() - started) * 10)
print(sorted(times)[7])
`
  const input = JSON.stringify(context)
  const { status, stdout } = spawnSync('/usr/bin/python3', ['-c', program], { input, encoding: 'utf8' })
  return status === 0 ? Number(stdout) : null
}
