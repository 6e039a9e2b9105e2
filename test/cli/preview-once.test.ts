import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../setup/with-peer.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

describeWith('chromium')('incident-mailer preview --once', () => {
  let cli: BuiltCli
  beforeAll(async () => {
    cli = await buildCli()
  })
  afterAll(() => cli.remove())

  const files = {
    'incident-mailer.json': { templates: { ours: './ours.njk' }, incidents: './incidents' },
    'ours.njk': '<p onclick="x()">{{ incident.name }}</p><img alt="" src="https://tracker.example/x.png">',
    'incidents/7.json': { incident: { id: 7, name: 'Mine <b>' } },
    'incidents/8.json': { incident: { id: 8, name: 'Too' } },
  }

  it('writes pages, pictures and an index into the folder, and nothing elsewhere', async () => {
    const cwd = await cli.folder(files)
    const before = await readdir(cwd)
    const result = await cli.run(['preview', 'ours', '--once', '--out', 'gallery'], { cwd })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect((await readdir(cwd)).sort()).toEqual([...before, 'gallery'].sort())
    const names = ['dark.html', 'dark.png', 'light.html', 'light.png', 'phone.png']
    expect((await readdir(join(cwd, 'gallery'))).sort()).toEqual(
      [
        ...['7', '8'].flatMap((id) => [...names.map((name) => `ours--${id}-${name}`), `ours--${id}.txt`]),
        'index.html',
      ].sort(),
    )
    const index = await readFile(join(cwd, 'gallery/index.html'), 'utf8')
    expect(index).toContain('[7] Mine &#60;b&#62;')
    expect(index).not.toContain('<script')
    // Opened from a disk, a page says itself what may not happen.
    const page = await readFile(join(cwd, 'gallery/ours--7-light.html'), 'utf8')
    expect(page).toMatch(/<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'/)
    const picture = await readFile(join(cwd, 'gallery/ours--7-phone.png'))
    expect(picture.readUInt32BE(16)).toBe(375)
  })

  it('takes no pictures where it is told so, and says what could not be rendered', async () => {
    const cwd = await cli.folder({ ...files, 'ours.njk': '{{ 1 + }}' })
    const result = await cli.run(['preview', 'ours', '--once', '--out', 'g', '--no-pictures'], { cwd })
    expect(result.code).toBe(65)
    expect(objectOn(result)).toMatchObject({ pictures: false })
    expect(objectOn(result).mails[0].problem).toContain('line 1')
    expect(await readdir(join(cwd, 'g'))).toEqual(['index.html'])
  })

  it('is an error of a template that does not exist, and writes nothing', async () => {
    const cwd = await cli.folder(files)
    const result = await cli.run(['preview', 'our', '--once', '--out', 'g', '--no-pictures'], { cwd })
    expect(result.code).toBe(65)
    expect(objectOn(result).error).toMatchObject({ code: 'UNKNOWN_TEMPLATE', field: 'template' })
    expect(objectOn(result).error.message).toContain('did you mean ours?')
    expect(await readdir(cwd)).not.toContain('g')
  })

  it('wants to know where to', async () => {
    expect((await cli.run(['preview', '--once'])).stderr).toContain('--out FOLDER')
    expect((await cli.run(['preview', '--out', 'x'])).code).toBe(64)
  })
})
