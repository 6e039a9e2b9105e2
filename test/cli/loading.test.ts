import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

/** Writes the address of each module that is loaded into the file `loaded`. */
const HOOKS = `
import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  appendFileSync('loaded', url + '\\n')
  return await next(url, context)
}`
const REGISTER = `import { register } from 'node:module'\nregister('./hooks.mjs', import.meta.url)`

/** The packages, and the folders of ours, that sending a job loads. */
async function loadedFor(job: object, more = ''): Promise<ReadonlySet<string>> {
  const cwd = await cli.folder({
    'incident-mailer.json': { from: 'soc@example.com', transport: { folder: './out' } },
    'hooks.mjs': HOOKS + more,
    'register.mjs': REGISTER + more,
  })
  const env = { NODE_OPTIONS: `--import=${join(cwd, 'register.mjs')}` }
  const result = await cli.run(['send'], { cwd, env, stdin: { to: 'a@example.com', subject: 'S', ...job } })
  expect(result).toMatchObject({ code: 0 })
  const urls = (await readFile(join(cwd, 'loaded'), 'utf8')).split('\n')
  return new Set(urls.flatMap((url) => (url.startsWith('file:') ? partsOf(fileURLToPath(url)) : [])))
}

/** The package that a file is of; of the bundle, the folders of the sources that went into it. */
function partsOf(file: string): string[] {
  const name = /\/node_modules\/((?:@[\w-]+\/)?[\w-]+)\//.exec(file)?.[1]
  if (name !== undefined) return [name]
  const sources = cli.sources.get(relative(cli.dist, file)) ?? []
  return sources.flatMap((source) => /\/src\/([\w-]+)\//.exec(source)?.[1] ?? [])
}

const HEAVY = [
  'nunjucks',
  'cheerio',
  'html-to-text',
  'htmlparser2',
  'node-forge',
  'yaml',
  'oauth4webapi',
  're2js',
  '@opentelemetry/api',
]

describe('send loads what the mail needs', () => {
  it('of a plain text: neither the template language nor HTML nor S/MIME', async () => {
    const loaded = await loadedFor({ body: 'All quiet.' })
    expect([...loaded]).toEqual(expect.arrayContaining(['cli', 'render', 'compose', 'deliver']))
    expect([...HEAVY, 'smime', 'preview'].filter((name) => loaded.has(name))).toEqual([])
  })

  it('of a template: that language, and still no S/MIME', async () => {
    const loaded = await loadedFor({ inlineTemplate: '<p>{{ incident.name }}</p>', incident: { name: 'N' } })
    expect(loaded.has('nunjucks')).toBe(true)
    expect(
      ['node-forge', 'yaml', 'oauth4webapi', 'smime', 'preview'].filter((name) => loaded.has(name)),
    ).toEqual([])
  })

  it('of a subject that is a template: that language too', async () => {
    expect((await loadedFor({ subject: '{{ 1 + 1 }}', body: 'B' })).has('nunjucks')).toBe(true)
  })

  it('of OpenTelemetry: nothing, until the program has set it up', async () => {
    const mark = "\nglobalThis[Symbol.for('opentelemetry.js.api.1')] = {}"
    expect((await loadedFor({ body: 'B' })).has('@opentelemetry/api')).toBe(false)
    expect((await loadedFor({ body: 'B' }, mark)).has('@opentelemetry/api')).toBe(true)
  })

  it('and sends it all the same where another has set OpenTelemetry up, and it is not to be found', async () => {
    const missing = `
globalThis[Symbol.for('opentelemetry.js.api.1')] = {}
export async function resolve(name, context, next) {
  return await next(name.startsWith('@opentelemetry') ? name + '-missing' : name, context)
}`
    expect((await loadedFor({ body: 'B' }, missing)).has('deliver')).toBe(true)
  })
})

/** The files of the bundle that a file of it loads, at once or later on. */
async function reachedFrom(entry: string): Promise<readonly string[]> {
  const reached = new Set<string>()
  const follow = async (file: string): Promise<void> => {
    if (reached.has(file)) return
    reached.add(file)
    const text = await readFile(join(cli.dist, file), 'utf8')
    for (const [, target = ''] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g))
      await follow(join(dirname(file), target))
  }
  await follow(entry)
  return [...reached]
}

describe('what does something as soon as it is loaded', () => {
  it.each(['index.js', 'smime/index.js', 'vitest.js', 'cli/main.js', 'render/isolated/child.js'])(
    'is in no file that %s loads',
    async (entry) => {
      const others = (await reachedFrom(entry)).filter((file) => file !== entry)
      expect(others.length).toBeGreaterThan(0)
      expect(others.filter((file) => /^(?:cli\/main|render\/isolated\/child)\.js$/.test(file))).toEqual([])
    },
  )
})
