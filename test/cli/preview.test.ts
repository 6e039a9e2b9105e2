import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Choices } from '../../src/preview/workspace.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

/** Starts the preview, asks it something, and ends it as Ctrl+C does. */
async function during<T>(
  args: readonly string[],
  cwd: string | undefined,
  work: (url: string) => Promise<T>,
) {
  const child = await cli.start(['preview', ...args], { cwd })
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
  const [line] = (await once(lines, 'line')) as [string]
  const url = /http:\S+/.exec(line)?.[0] ?? ''
  const found = await work(url)
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  return { found, code, url }
}

describe('incident-mailer preview', () => {
  it('serves the page in an empty folder until it is stopped', async () => {
    const { found, code } = await during([], undefined, async (url) => {
      const [page, choices] = await Promise.all([fetch(url), fetch(`${url}choices`)])
      return { page: await page.text(), choices: (await choices.json()) as Choices }
    })
    expect(code).toBe(0)
    expect(found.page).toContain('<title>Preview')
    expect(found.choices.problem).toBeNull()
    expect(found.choices.templates.map(({ label }) => label)).toContain('incident-summary')
    expect(found.choices.incidents.map(({ key }) => key)).toContain('example/2139.json')
  })

  it("begins with a template's file, or a label, and takes the incidents of a folder", async () => {
    const cwd = await cli.folder({
      'report.html.njk': '<p>{{ incident.name }}</p>',
      'incidents/7.json': { incident: { id: 7, name: 'Mine' } },
    })
    const { found, url } = await during(
      ['report.html.njk', '--incidents', 'incidents'],
      cwd,
      async (address) => (await (await fetch(new URL('choices', address))).json()) as Choices,
    )
    expect(url).toMatch(/#template=report$/)
    expect(found.templates[0]).toEqual({ label: 'report', set: 'own' })
    expect(found.incidents[0]).toMatchObject({ key: 'own/7.json', name: '7 · Mine' })
    const label = await during(['closing-report'], cwd, async () => null)
    expect(label.url).toMatch(/#template=closing-report$/)
  })

  it('is an error of a template that does not exist, and serves nothing', async () => {
    const cwd = await cli.folder({ 'incident-mailer.json': { templates: { 'our-report': './r.njk' } } })
    const result = await cli.run(['preview', 'our-reprot'], { cwd })
    expect(result.code).toBe(65)
    expect(result.stderr).toContain(
      'there is no template "our-reprot", and no file of that name; did you mean our-report?',
    )
    expect(objectOn(result).error).toMatchObject({ code: 'UNKNOWN_TEMPLATE', field: 'template' })
    const missing = await cli.run(['preview', 'nosuch.njk'], { cwd })
    expect(missing.code).toBe(65)
    expect(missing.stderr).toContain('there are our-report, ')
  })

  it('refuses a port that is none', async () => {
    const { code, stderr } = await cli.run(['preview', '--port', 'http'])
    expect(code).toBe(64)
    expect(stderr).toContain('--port has to be a number')
  })
})
