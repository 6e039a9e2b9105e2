#!/usr/bin/env node
/**
 * Asks Python's Jinja2 what the probes in test/jinja/probes/ render to, and records its answers there, so that
 * machines without it can test against them:
 *
 *     node scripts/record-probes.mjs
 *
 * A new probe needs its `source` alone, and `settings` of Jinja2's Environment where it is about those. Every
 * probe sees the variables of context.json and the templates of templates.json.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = fileURLToPath(new URL('../test/jinja', import.meta.url))
const folder = join(tests, 'probes')
const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8'))
const [data, templates] = [read('context.json'), read('templates.json')]

for (const file of readdirSync(folder).filter((name) => name.endsWith('.probes.json'))) {
  const probes = read(file)
  const jobs = probes.map(({ source, settings }) => ({
    template: source,
    data,
    templates,
    settings: { extensions: ['jinja2.ext.do'], ...settings },
  }))
  const { stdout } = spawnSync('/usr/bin/python3', ['-X', 'utf8', join(tests, 'python/render.py')], {
    input: jobs.map((job) => `${JSON.stringify(job)}\n`).join(''),
    maxBuffer: 1e8,
    encoding: 'utf8',
  })
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).answers[0])
  const recorded = probes.map(({ source, settings }, index) => {
    const { text, kind } = answers[index]
    return { source, ...(settings && { settings }), ...(text === undefined ? { error: kind } : { text }) }
  })
  writeFileSync(join(folder, file), `${JSON.stringify(recorded, null, 2)}\n`)
  console.log(`${file}: ${recorded.length} probes`)
}
