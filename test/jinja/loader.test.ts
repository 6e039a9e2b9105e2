import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEnvironment, templateVariables } from '../../src/jinja/environment.js'

/** What is in use, in octets, without what only waits to be collected. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loader-'))
})
afterAll(() => rm(folder, { recursive: true }))

const write = (name: string, source: string) => writeFile(join(folder, name), source)

describe('templates from files', () => {
  it('are read again once their file has changed, those that they include and extend too', async () => {
    const environment = createEnvironment({ folders: [folder] })
    const rendered = () => environment.file('page', templateVariables({}), { autoescape: true }).text
    await write('frame', '<{% block a %}{% endblock %}>')
    await write('part', 'part')
    await write('page', '{% extends "frame" %}{% block a %}{% include "part" %}{% endblock %}')
    expect(rendered()).toBe('<part>')
    await write('part', 'another part')
    expect(rendered()).toBe('<another part>')
    await write('frame', '[{% block a %}{% endblock %}]')
    expect(rendered()).toBe('[another part]')
    await write('page', '{% extends "frame" %}{% block a %}page{% endblock %}')
    expect(rendered()).toBe('[page]')
  })

  it('are read again once a link leads to other files, and none that leads out of the folders', async () => {
    const other = await mkdtemp(join(tmpdir(), 'loader-'))
    for (const release of ['one', 'two']) {
      await mkdir(join(other, release))
      await writeFile(join(other, release, 'page'), release)
    }
    const pointTo = async (target: string, name: string) => {
      await symlink(target, join(other, 'new'))
      await rename(join(other, 'new'), join(other, name))
    }
    await pointTo('one', 'current')
    const environment = createEnvironment({ folders: [join(other, 'current')] })
    const rendered = () => environment.file('page', templateVariables({}), { autoescape: true }).text
    expect(rendered()).toBe('one')
    await pointTo('two', 'current')
    expect(rendered()).toBe('two')
    await pointTo('../one/page', 'two/page')
    expect(rendered).toThrow(expect.objectContaining({ kind: 'missing' }))
    await rm(other, { recursive: true })
  })

  it('are gone where their file is, and found in the next folder where that has one', async () => {
    const other = await mkdtemp(join(tmpdir(), 'loader-'))
    await writeFile(join(other, 'both'), 'second')
    await write('both', 'first')
    const environment = createEnvironment({ folders: [folder, other] })
    const rendered = () => environment.file('both', templateVariables({}), { autoescape: true }).text
    expect(rendered()).toBe('first')
    await rm(join(folder, 'both'))
    expect(rendered()).toBe('second')
    await rm(other, { recursive: true })
    expect(rendered).toThrow(expect.objectContaining({ kind: 'missing' }))
  })

  it('are those of the first folder as soon as it has one of that name', async () => {
    const other = await mkdtemp(join(tmpdir(), 'loader-'))
    await writeFile(join(other, 'late'), 'second')
    const environment = createEnvironment({ folders: [folder, other] })
    const rendered = () => environment.file('late', templateVariables({}), { autoescape: true }).text
    expect(rendered()).toBe('second')
    await write('late', 'first')
    expect(rendered()).toBe('first')
    await rm(other, { recursive: true })
  })

  it('may begin with the mark of their byte order, which is no text', async () => {
    await write('marked', '\ufeff{{ 1 }}')
    const environment = createEnvironment({ folders: [folder] })
    expect(environment.file('marked', templateVariables({}), { autoescape: true }).text).toBe('1')
  })

  it('are read again after a change within one tick of the clock', async () => {
    const environment = createEnvironment({ folders: [folder] })
    const rendered = () => environment.file('twice', templateVariables({}), { autoescape: true }).text
    for (const text of ['one', 'longer']) {
      await write('twice', text)
      await utimes(join(folder, 'twice'), 1_700_000_000, 1_700_000_000)
      expect(rendered()).toBe(text)
    }
  })

  it('fill no memory, however many names a hostile template has for one of them', async () => {
    await write('one', '')
    const environment = createEnvironment({ folders: [folder] })
    const source = `{% for round in range(400) %}{% include "./" * 1900 ~ start ~ "-" ~ round ~ "/../one" %}{% endfor %}`
    const render = (start: number) =>
      environment.source(source, 'mail', templateVariables({ start }), { autoescape: true })
    render(0)
    const before = heapUsed()
    for (let start = 1; start < 30; start++) render(start)
    // Each name has 4 kB: all of them 50 MB.
    expect(heapUsed() - before).toBeLessThan(25_000_000)
  })
})
