import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

describe('render', () => {
  it('prints subject, HTML, text and warnings, needs no recipient, and sends nothing', async () => {
    const cwd = await cli.folder({
      'incident-mailer.json': { templates: { 'my-report': 't/report.njk' }, incidents: 'cases' },
      't/report.njk': '<p>{{ incident.name }}{{ nothing }}</p>',
      'cases/2139.json': { incident: { id: 2139, name: 'R&D <phished>' } },
    })
    const result = await cli.run(['render'], { cwd, stdin: { incident: 2139, template: 'my-report' } })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const object = objectOn(result)
    expect(Object.keys(object)).toEqual(['subject', 'html', 'text', 'warnings'])
    expect(object).toMatchObject({
      subject: '[2139] R&D <phished>',
      html: expect.stringContaining('R&amp;D &lt;phished&gt;'),
      text: expect.stringContaining('R&D <phished>'),
      warnings: [{ code: 'UNDEFINED_VARIABLE', message: expect.stringContaining('nothing') }],
    })
    expect((await readdir(cwd)).sort()).toEqual(['cases', 'incident-mailer.json', 't'])
  })

  it('prints null for the HTML of a text mail', async () => {
    const result = await cli.run(['render'], { stdin: { subject: 'Hi', body: 'All quiet.' } })
    expect(objectOn(result)).toEqual({
      subject: 'Hi',
      html: null,
      text: expect.stringContaining('quiet'),
      warnings: [],
    })
  })

  it('takes a job file', async () => {
    const cwd = await cli.folder({ 'job.json': { subject: 'Hi', body: '<b>All quiet.</b>' } })
    const result = await cli.run(['render', '--job', join(cwd, 'job.json')])
    expect(objectOn(result)).toMatchObject({ html: expect.stringContaining('<b>All quiet.</b>') })
  })

  it('prints the text at a terminal, without what the terminal would obey', async () => {
    const stdin = { subject: 'Hi', body: 'All \u001b]0;owned\u0007quiet.\nReally.' }
    const { code, stdout } = await cli.runInTerminal(['render'], { stdin })
    expect(code).toBe(0)
    expect(stdout).toContain('Subject: Hi')
    expect(stdout).toContain('Really.')
    expect(stdout).not.toMatch(/[^\P{Cc}\r\n\t]/u)
  })

  it('fails as send does', async () => {
    const result = await cli.run(['render'], { stdin: { template: 'nowhere' } })
    expect(result.code).toBe(65)
    expect(objectOn(result)).toEqual({
      error: expect.objectContaining({ code: 'UNKNOWN_TEMPLATE', stage: 'render' }),
    })
  })
})
