import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
beforeAll(async () => {
  cli = await buildCli()
})
afterAll(() => cli.remove())

const read = async (cwd: string, name: string) => await readFile(join(cwd, name), 'utf8')

describe('incident-mailer template', () => {
  it('makes a template in an empty folder that renders as the one it came from', async () => {
    const made = await cli.run(['template', 'new', 'ours'])
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const { cwd } = made
    expect(objectOn(made).files).toEqual(
      ['html', 'txt'].map((kind) => join(cwd, `templates/ours.${kind}.njk`)),
    )
    expect(JSON.parse(await read(cwd, 'incident-mailer.json')).templates.ours).toMatchObject({
      html: './templates/ours.html.njk',
      text: './templates/ours.txt.njk',
    })
    const job = (template: string) => ({ template, incident: { id: 1, name: 'Lost laptop' } })
    const [own, original] = await Promise.all(
      ['ours', 'incident-summary'].map((label) => cli.run(['render'], { cwd, stdin: job(label) })),
    )
    expect(own?.code).toBe(0)
    expect(own?.stdout).toBe(original?.stdout)
  })

  it('keeps what the config has, comments of YAML too, and copies an own template beside the original', async () => {
    const cwd = await cli.folder({
      'incident-mailer.yaml': '# Ours\nfrom: soc@example.com # the desk\ntemplates:\n  one: mails/one.njk\n',
      'mails/one.njk': '<p>{% include "part.njk" %}</p>',
      'mails/part.njk': 'Part',
    })
    const made = await cli.run(['template', 'new', 'two', '--from', 'one'], { cwd })
    expect(made.code).toBe(0)
    const config = await read(cwd, 'incident-mailer.yaml')
    expect(config).toContain('# the desk')
    expect(config).toContain('two: ./mails/two.njk')
    const rendered = await cli.run(['render'], { cwd, stdin: { template: 'two', subject: 'Hi' } })
    expect(objectOn(rendered).html).toBe('<p>Part</p>')
  })

  it('lists the templates, your own first', async () => {
    const cwd = await cli.folder({ 'incident-mailer.json': { templates: { mine: './mine.njk' } } })
    const { templates } = objectOn(await cli.run(['template', 'list'], { cwd }))
    expect(templates[0]).toEqual({ label: 'mine', set: 'own' })
    expect(templates).toContainEqual({ label: 'incident-summary', set: 'built-in' })
  })

  it('writes over nothing', async () => {
    const cwd = await cli.folder({ 'templates/ours.html.njk': 'Mine' })
    const taken = await cli.run(['template', 'new', 'ours'], { cwd })
    expect(objectOn(taken).error).toMatchObject({ code: 'FILE_UNWRITABLE' })
    expect(await read(cwd, 'templates/ours.html.njk')).toBe('Mine')
    await expect(read(cwd, 'incident-mailer.json')).rejects.toThrow()
    await cli.run(['template', 'new', 'other'], { cwd })
    const again = await cli.run(['template', 'new', 'other'], { cwd })
    expect(again.code).toBe(65)
  })

  it.each(['../x', 'a/b', '', '.', 'x'.repeat(65), 'a b'])('refuses the name %j', async (name) => {
    const { code, cwd } = await cli.run(['template', 'new', name])
    expect(code).toBe(65)
    await expect(read(cwd, 'incident-mailer.json')).rejects.toThrow()
  })

  it('names the nearest template where there is none of that label', async () => {
    const { stderr } = await cli.run(['template', 'new', 'ours', '--from', 'incident-sumary'])
    expect(stderr).toContain('did you mean incident-summary?')
  })
})
