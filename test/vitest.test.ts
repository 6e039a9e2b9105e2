import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { preview } from '../src/index.js'
import '../src/vitest.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mail-snapshot-'))
})
afterAll(() => rm(folder, { recursive: true }))

const mail = (name: string) => preview({ template: 'incident-summary', incident: { id: 1, name } })

describe('toMatchMailSnapshot', () => {
  it('accepts the mail that was recorded, and refuses another', async () => {
    const file = join(folder, 'mail.txt')
    const { subject, text, html } = await mail('Phishing')
    await writeFile(file, `Subject: ${subject}\n\n${text}\n\n--- HTML\n${html}\n`)
    const recorded = await readFile(file, 'utf8')
    await expect(await mail('Phishing')).toMatchMailSnapshot(file)
    await expect(expect(await mail('Changed')).toMatchMailSnapshot(file)).rejects.toThrow(/mismatched/)
    expect(await readFile(file, 'utf8')).toBe(recorded)
  })

  it('says what it takes where somebody forgot to wait', async () => {
    await expect(async () => expect(mail('Phishing')).toMatchMailSnapshot()).rejects.toThrow(/await/)
  })
})
