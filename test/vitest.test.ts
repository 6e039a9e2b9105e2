import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { preview } from '../src/index.js'
import '../src/vitest.js'

/** A project of somebody's, with vitest and one test of a mail. */
let project: string
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'mail-snapshot-'))
  await symlink(resolve('node_modules'), join(project, 'node_modules'))
  await writeFile(
    join(project, 'mail.test.mjs'),
    `import '${resolve('src/vitest.ts')}'
     import { readFileSync } from 'node:fs'
     import { expect, it } from 'vitest'
     it('is the mail we agreed on', async () => {
       await expect(JSON.parse(readFileSync('mail.json', 'utf8'))).toMatchMailSnapshot('./mail.txt')
     })`,
  )
})
afterAll(() => rm(project, { recursive: true }))

/** Runs that project's tests, about a mail; tells whether they passed. */
async function passes(name: string, ...flags: string[]): Promise<boolean> {
  const { subject, html, text } = await preview({ template: 'incident-summary', incident: { id: 1, name } })
  await writeFile(join(project, 'mail.json'), JSON.stringify({ subject, html, text }))
  const args = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', '.', ...flags]
  return await new Promise((done) => {
    execFile(process.execPath, args, { cwd: project, env: { PATH: process.env.PATH } }, (error) =>
      done(!error),
    )
  })
}

describe('toMatchMailSnapshot', () => {
  it('records a mail, refuses another, and records that where it is told to', async () => {
    expect(await passes('Phishing')).toBe(true)
    const recorded = await readFile(join(project, 'mail.txt'), 'utf8')
    expect(recorded).toMatch(/^Subject: \[1\] Phishing\n.*--- HTML\n<!doctype html>/is)
    expect(await passes('Phishing')).toBe(true)
    expect(await passes('Changed')).toBe(false)
    expect(await readFile(join(project, 'mail.txt'), 'utf8')).toBe(recorded)
    expect(await passes('Changed', '-u')).toBe(true)
    expect(await readFile(join(project, 'mail.txt'), 'utf8')).toContain('[1] Changed')
  })

  it('says what it takes where somebody forgot to wait', async () => {
    const mail = preview({ subject: 'Hi', body: 'Hi' })
    await expect(async () => expect(mail).toMatchMailSnapshot()).rejects.toThrow(/await/)
  })
})
