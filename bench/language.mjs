// One template with 30 artifacts and 50 notes, cached and not: ours (sandbox and copy of the context included) beside
// stock nunjucks and, where it is there, Python's Jinja2.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { createEnvironment, templateVariables } from '../build/jinja/environment.js'
import { print, relative } from './measure.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const PYTHON = '/usr/bin/python3'
const TURNS = 15
/** Turns that are not counted: JavaScript needs some thousand renders until its code is as quick as it gets. */
const WARM_UP = 10

export async function languageBench() {
  const context = contextOf(JSON.parse(readFileSync(here('../examples/incidents/2139.json'), 'utf8')))
  const stock = () => new nunjucks.Environment(new nunjucks.FileSystemLoader(here('.')), { autoescape: true })
  const ours = () => createEnvironment({ folders: [here('.')] })
  const byStock = (environment) => environment.render('language.njk', context)
  const byUs = (environment) =>
    environment.file('language.njk', templateVariables(context), { autoescape: true }).text
  const kept = { stock: stock(), ours: ours() }
  const python = startPython(context)
  await compare('One template, 30 artifacts, 50 notes, cached', 200, python?.cached, {
    'stock nunjucks': () => byStock(kept.stock),
    'incident-mailer': () => byUs(kept.ours),
  })
  await compare('The same, read and compiled for every mail', 50, python?.uncached, {
    'stock nunjucks': () => byStock(stock()),
    'incident-mailer': () => byUs(ours()),
  })
  if (python) python.end()
  else console.log('  Jinja2 is not there: apt-get install python3-jinja2')
}

/** Milliseconds of one render, all in turns; Python times its own. */
async function compare(title, calls, python, ways) {
  const batch = (render) => {
    const started = performance.now()
    for (let call = 0; call < calls; call++) render()
    return (performance.now() - started) / calls
  }
  const batches = Object.entries(ways).map(([name, render]) => [name, () => batch(render)])
  if (python) batches.push(['Jinja2', () => python(calls)])
  const times = Object.fromEntries(batches.map(([name]) => [name, []]))
  for (let turn = -WARM_UP; turn < TURNS; turn++) {
    for (const [name, run] of batches) {
      const time = await run()
      if (turn >= 0) times[name].push(time)
    }
  }
  print(title, relative(times))
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

/** Python with Jinja2, which renders as often as it is told, and says in how many milliseconds each; null without it. */
function startPython(context) {
  const program = `
import json, sys, time
from jinja2 import Environment, FileSystemLoader
context = json.loads(sys.stdin.readline())
make = lambda: Environment(loader=FileSystemLoader(${JSON.stringify(here('.'))}), autoescape=True)
kept = make()
for line in sys.stdin:
    kind, calls = line.split()
    environment = make if kind == 'uncached' else lambda: kept
    started = time.perf_counter()
    for _ in range(int(calls)): environment().get_template('language.njk').render(context)
    print((time.perf_counter() - started) * 1000 / int(calls), flush=True)
`
  const isThere = spawnSync(PYTHON, ['-c', 'import jinja2'], { stdio: 'ignore' }).status === 0
  if (!isThere) return null
  const child = spawn(PYTHON, ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]()
  child.stdin.write(`${JSON.stringify(context)}\n`)
  const ask = async (kind, calls) => {
    child.stdin.write(`${kind} ${calls}\n`)
    return Number((await answers.next()).value)
  }
  return {
    cached: (calls) => ask('cached', calls),
    uncached: (calls) => ask('uncached', calls),
    end: () => child.stdin.end(),
  }
}
