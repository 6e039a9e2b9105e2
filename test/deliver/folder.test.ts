import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkTransport } from '../../src/deliver/check.js'
import { deliver } from '../../src/deliver/deliver.js'
import { exitCodeOf } from '../../src/exit-codes.js'
import { messageBytes } from '../../src/mime.js'
import { delivery, errorOf, mail } from './mails.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deliver-folder-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('a folder', () => {
  it('receives the mail byte for byte, named after its Message-ID, for its owner alone', async () => {
    const request = mail()
    const report = await deliver({ transport: { folder } })(request, {})
    expect(await readdir(folder)).toEqual(['1@example.com.eml'])
    const path = join(folder, '1@example.com.eml')
    const [first] = request.deliveries
    expect(first && (await messageBytes(request, first.entity)).equals(await readFile(path))).toBe(true)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(report).toMatchObject({
      outcome: 'sent',
      accepted: ['ciso@example.com'],
      serverResponse: `written to ${path}`,
      size: (await stat(path)).size,
      warnings: [],
    })
  })

  it('asks nobody for notifications, and takes no mail that requires them', async () => {
    const send = deliver({ transport: { folder } })
    const dsn = { notify: 'never', return: 'headers', envelopeId: null, required: true } as const
    expect(await errorOf(send(mail({ dsn }), {}))).toMatchObject({ code: 'DSN_UNSUPPORTED', field: 'dsn' })
    expect(await readdir(folder)).toEqual([])
    expect(await send(mail({ dsn: { ...dsn, required: false } }), {})).toMatchObject({
      outcome: 'sent',
      warnings: [{ code: 'DSN_UNSUPPORTED', message: expect.stringContaining('a folder asks no server') }],
    })
  })

  it('is made where it is missing', async () => {
    const deep = join(folder, 'a', 'b')
    await deliver({ transport: { folder: deep } })(mail(), {})
    expect(await readdir(deep)).toHaveLength(1)
  })

  it('keeps what it has: the same mail again is another file', async () => {
    await writeFile(join(folder, '1@example.com.eml'), 'precious')
    const send = deliver({ transport: { folder } })
    await Promise.all([send(mail(), {}), send(mail(), {}), send(mail(), {})])
    expect(await readFile(join(folder, '1@example.com.eml'), 'utf8')).toBe('precious')
    const names = [1, 2, 3, 4].map((copy) => (copy === 1 ? '1@example.com.eml' : `1@example.com.${copy}.eml`))
    expect((await readdir(folder)).sort()).toEqual(names.sort())
  })

  it('receives each copy', async () => {
    const deliveries = [delivery('for a\r\n', 'a@example.com'), delivery('for b\r\n', 'bcc:b@example.com')]
    const report = await deliver({ transport: { folder } })(mail({ deliveries }), {})
    expect(report.serverResponse?.split('\n')).toHaveLength(2)
    expect(await readdir(folder)).toHaveLength(2)
  })

  it('does not follow a link that someone laid out', async () => {
    const target = join(folder, 'target')
    await writeFile(target, 'precious')
    const outbox = join(folder, 'outbox')
    await mkdir(outbox)
    await symlink(target, join(outbox, '1@example.com.eml'))
    await deliver({ transport: { folder: outbox } })(mail(), {})
    expect(await readFile(target, 'utf8')).toBe('precious')
  })

  it.each([
    '<../../../../tmp/evil@example.com>',
    '</etc/cron.d/evil@example.com>',
    '<..>',
    '<.hidden@example.com>',
    '<a\0b@example.com>',
    '<>',
    `<${'x'.repeat(5000)}@example.com>`,
    '<C:\\evil@example.com>',
  ])('is not left because of a Message-ID like %j', async (messageId) => {
    const outbox = join(folder, 'outbox')
    await deliver({ transport: { folder: outbox } })(mail({ messageId }), {})
    expect(await readdir(folder)).toEqual(['outbox'])
    const [name, ...others] = await readdir(outbox)
    expect(others).toEqual([])
    expect(name).toMatch(/^[A-Za-z0-9@_+=-][A-Za-z0-9@._+=-]*\.eml$/)
  })

  it('that is a file is an error that names it, and leaves nothing behind', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    const error = await errorOf(deliver({ transport: { folder: file } })(mail(), {}))
    expect(error).toMatchObject({ code: 'FILE_UNWRITABLE', field: 'transport.folder', report: null })
    expect([error.temporary, exitCodeOf(error)]).toEqual([false, 66])
    expect(error.message).toContain(file)
    const { steps } = await checkTransport({ folder: file }, {})
    expect(steps).toMatchObject([{ step: 'folder', ok: false, error: { code: 'FILE_UNWRITABLE' } }])
    expect(await readdir(folder)).toEqual(['file'])
  })

  it('that the system does not let anyone make is an error, not an endless try', async () => {
    for (const impossible of ['/proc/nope', '/proc/nope/deep/er']) {
      const error = await errorOf(deliver({ transport: { folder: impossible } })(mail(), {}))
      expect(error).toMatchObject({ code: 'FILE_UNWRITABLE', field: 'transport.folder', temporary: false })
      expect(error.message).toContain(impossible)
    }
  })

  it('that many mails make at once is made once', async () => {
    const deep = join(folder, 'a', 'b', 'c')
    const send = deliver({ transport: { folder: deep } })
    await Promise.all([1, 2, 3, 4].map((count) => send(mail({ messageId: `<${count}@example.com>` }), {})))
    expect(await readdir(deep)).toHaveLength(4)
  })

  it('holds no mail whose time was up, and no draft, whenever that was', async () => {
    for (let moment = 0; moment < 40; moment++) {
      const outbox = join(folder, `${moment}`)
      const controller = new AbortController()
      const sending = deliver({ transport: { folder: outbox } })(mail(), { signal: controller.signal })
      const outcome = sending.then(
        () => 'sent',
        (error) => error.code,
      )
      for (let tick = 0; tick < moment; tick++) await new Promise((resolve) => setImmediate(resolve))
      controller.abort(new DOMException('', 'TimeoutError'))
      const files = () => readdir(outbox).catch(() => [])
      expect(['sent', 'TIMEOUT', 'OUTCOME_UNKNOWN']).toContain(await outcome)
      // What is under way in the file system is finished, and cleaned up.
      const mails = (await outcome) === 'TIMEOUT' ? [] : ['1@example.com.eml']
      await vi.waitFor(async () => expect(await files()).toEqual(mails))
    }
  })

  it('is the outbox in the working directory where nobody says anything, with a warning', async () => {
    const before = process.cwd()
    process.chdir(folder)
    try {
      const report = await deliver()(mail(), {})
      expect(report.warnings).toMatchObject([{ code: 'NO_TRANSPORT' }])
    } finally {
      process.chdir(before)
    }
    expect(await readdir(join(folder, 'outbox'))).toEqual(['1@example.com.eml'])
  })
})
