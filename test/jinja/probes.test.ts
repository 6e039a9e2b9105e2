import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createEnvironment, templateVariables } from '../../src/jinja/environment.js'
import { TemplateError } from '../../src/jinja/template-error.js'
import { startPythonJinja2 } from './python/python-jinja2.js'

/** A template, and what Jinja2 makes of it: `scripts/record-probes.mjs` writes that down. */
interface Probe {
  readonly source: string
  readonly settings?: { readonly trim_blocks?: boolean; readonly lstrip_blocks?: boolean }
  readonly text?: string
  readonly error?: string
}

const probes = join(import.meta.dirname, 'probes')
const read = (file: string) => JSON.parse(readFileSync(join(probes, file), 'utf8'))
const context: Record<string, unknown> = read('context.json')
const templates: Record<string, string> = read('templates.json')
const topics = readdirSync(probes)
  .filter((file) => file.endsWith('.probes.json'))
  .map((file): { topic: string; list: Probe[] } => ({
    topic: file.replace('.probes.json', ''),
    list: read(file),
  }))

const folder = mkdtempSync(join(tmpdir(), 'jinja-'))
for (const [name, source] of Object.entries(templates)) writeFileSync(join(folder, name), source)
afterAll(() => rmSync(folder, { recursive: true }))

/** The text, or JavaScript's undefined where the template is refused. */
function rendered({ source, settings = {} }: Probe): string | undefined {
  const { trim_blocks: trimBlocks = false, lstrip_blocks: lstripBlocks = false } = settings
  const environment = createEnvironment({ folders: [folder], trimBlocks, lstripBlocks })
  try {
    return environment.source(source, 'probe', templateVariables(context), { autoescape: true }).text
  } catch (error) {
    if (error instanceof TemplateError) return undefined
    throw error
  }
}

describe.each(topics)('$topic: the same bytes as Jinja2', ({ list }) => {
  it.each(list)('$source', (probe) => {
    expect(rendered(probe)).toBe(probe.text)
  })
})

const hasPython = spawnSync('/usr/bin/python3', ['-c', 'import jinja2']).status === 0

describe.skipIf(!hasPython)('Jinja2 itself', () => {
  it.each(topics)('still says what is recorded of $topic', async ({ list }) => {
    const python = startPythonJinja2()
    for (const { source, settings, text, error } of list) {
      const answer = await python.render({
        template: source,
        data: context,
        templates,
        settings: { extensions: ['jinja2.ext.do'], ...settings },
      })
      if (text === undefined) expect([source, answer]).toMatchObject([source, { kind: error }])
      else expect([source, answer]).toEqual([source, { text }])
    }
    python.close()
  })
})

const others = process.env.JINJA_TEMPLATES
const isContext = (file: string) => file.endsWith('.json')

describe.skipIf(!hasPython || others === undefined)("other people's templates", () => {
  const files = others === undefined ? [] : readdirSync(others).filter((file) => !file.startsWith('.'))
  const sources = Object.fromEntries(
    files
      .filter((file) => !isContext(file))
      .map((file) => [file, readFileSync(join(others ?? '', file), 'utf8')]),
  )

  it.each(Object.keys(sources))('%s', async (file) => {
    const beside = files.find((name) => name === `${file}.json`)
    const data = beside ? JSON.parse(readFileSync(join(others ?? '', beside), 'utf8')) : {}
    const python = startPythonJinja2()
    const settings = { extensions: ['jinja2.ext.do'] }
    const answer = await python.render({ template: sources[file] ?? '', data, templates: sources, settings })
    python.close()
    const environment = createEnvironment({ folders: [others ?? ''] })
    const run = () => environment.file(file, templateVariables(data), { autoescape: true }).text
    if (answer.text === undefined) expect(run).toThrow(TemplateError)
    else expect(run()).toBe(answer.text)
  })
})
