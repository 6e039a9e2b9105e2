import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openJournal } from '../../../src/cli/bulk/journal.js'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
  file = join(folder, 'run.journal')
})
afterEach(() => rm(folder, { recursive: true }))

const claimLine = (claim: object) =>
  `${JSON.stringify({ claim: { run: 'r1', pid: 1, host: hostname(), started: null, at: 'then', ...claim } })}\n`

async function endedProcess(): Promise<number> {
  const child = spawn('true')
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('a journal', () => {
  it('tells the next run how each job stands, and belongs to its owner alone', async () => {
    const first = await openJournal(file)
    const endings = ['sent', 'partial', 'refused', 'failed', 'unknown'] as const
    for (const job of [...endings, 'cut off']) await first.begun(job, `<${job}@example.com>`, 7)
    for (const ending of endings) await first.ended(ending, ending)
    await first.close()
    const second = await openJournal(file)
    expect(Object.fromEntries([...second.earlier].map(([job, { outcome }]) => [job, outcome]))).toEqual({
      sent: 'sent',
      partial: 'partial',
      refused: 'refused',
      unknown: 'unknown',
      'cut off': 'unknown',
    })
    expect(second.earlier.get('cut off')).toMatchObject({ messageId: '<cut off@example.com>', line: 7 })
    expect(second.id).toBe(first.id)
    await second.close()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('may end anywhere, also in the middle of a character, and goes on', async () => {
    const first = await openJournal(file)
    await first.begun('a', '<a@example.com>', 1)
    await first.ended('a', 'sent')
    await first.begun('b', '<b@example.com>', 2)
    await first.close()
    const whole = await readFile(file)
    const upToA = whole.indexOf('"ended":"a"')
    for (let length = whole.length; length > 0; length -= 5) {
      await writeFile(file, whole.subarray(0, length))
      const next = await openJournal(file)
      // What is whole counts; half a line does not.
      if (length > upToA + 40) expect(next.earlier.get('a')?.outcome).toBe('sent')
      if (length < upToA) expect(next.earlier.get('a')?.outcome).not.toBe('sent')
      await next.ended('c', 'failed')
      await next.close()
      await (await openJournal(file)).close()
    }
  })

  it('damaged in its middle is refused, and not written into', async () => {
    const first = await openJournal(file)
    await first.begun('a', '<a@example.com>', 1)
    await first.close()
    const damaged = (await readFile(file, 'utf8')).replace('"begun"', '"begum"')
    await writeFile(file, damaged)
    await expect(openJournal(file)).rejects.toMatchObject({ code: 'INVALID_JOURNAL' })
    expect(await readFile(file, 'utf8')).toBe(damaged)
  })

  it.each(['{"to":"a@example.com"}\n', 'secret', '{"claim":1}\n', '\0\0\0\n'])(
    'is not what another file is: %j',
    async (content) => {
      await writeFile(file, content)
      await expect(openJournal(file)).rejects.toMatchObject({ code: 'INVALID_JOURNAL' })
      expect(await readFile(file, 'utf8')).toBe(content)
    },
  )

  it('that cannot be written says so', async () => {
    await expect(openJournal(join(folder, 'no', 'such', 'folder'))).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
    })
    for (const other of [folder, '/dev/full'])
      await expect(openJournal(other)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })
})

describe('two runs at once', () => {
  it('a claim of a process that lives is respected; of one that is gone, or began later, it is not', async () => {
    await writeFile(file, claimLine({ pid: process.ppid }))
    await expect(openJournal(file)).rejects.toMatchObject({
      code: 'JOURNAL_IN_USE',
      temporary: true,
      message: expect.stringContaining(`process ${process.ppid}`),
    })
    await writeFile(file, claimLine({ pid: await endedProcess() }))
    await (await openJournal(file)).close()
    await writeFile(file, claimLine({ pid: process.ppid, started: 'another boot 17' }))
    await (await openJournal(file)).close()
    await writeFile(file, claimLine({ pid: process.pid }))
    await (await openJournal(file)).close()
  })

  it('a claim from another machine is respected until someone says that it is over', async () => {
    await writeFile(file, claimLine({ host: 'another.example.com', run: 'elsewhere' }))
    const line = '{"released":"elsewhere"}'
    await expect(openJournal(file)).rejects.toMatchObject({
      code: 'JOURNAL_IN_USE',
      message: expect.stringContaining(line),
    })
    await appendFile(file, `${line}\n`)
    await (await openJournal(file)).close()
  })
})
