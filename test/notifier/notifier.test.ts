import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNotifier, type IncidentSource, type NotifierOptions } from '../../src/index.js'

const job = { to: 'ciso@example.com', subject: 'Status', body: 'All quiet.' }

describe('createNotifier', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'notifier-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  const notifierWith = (options: NotifierOptions = {}) =>
    createNotifier({ from: 'soc@example.com', transport: { folder }, ...options })

  it.each([
    ['smimee', { smimee: {} }, 'smime'],
    ['smime.identitty', { smime: { identitty: {} } }, 'smime.identity'],
  ])('refuses the option %s, which would mean an unsigned mail', async (field, options, meant) => {
    await expect(createNotifier(options as NotifierOptions)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      field,
      message: expect.stringContaining(`did you mean ${meant}?`),
    })
  })

  it.each<[unknown, string | null, string]>([
    [null, null, 'the options must be an object'],
    ['./soc.json', null, 'the options must be an object'],
    [{ smime: null }, 'smime', 'smime must be an object'],
    [{ incidents: './incidents' }, 'incidents', "jsonFolder('./incidents')"],
    [{ incidents: {} }, 'incidents', 'get(id)'],
    [{ from: ['soc@example.com'] }, 'from', 'from must be a string'],
    [{ timeout: '60s' }, 'timeout', 'whole number of milliseconds'],
    [{ timeout: Number.POSITIVE_INFINITY }, 'timeout', 'whole number of milliseconds'],
  ])('refuses at once what plain JavaScript may bring: %j', async (options, field, message) => {
    await expect(createNotifier(options as NotifierOptions)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      stage: 'config',
      field,
      message: expect.stringContaining(message),
    })
  })

  it('refuses at once a sender who is none', async () => {
    const wrong: [string, string][] = [
      ['soc@', 'INVALID_ADDRESS'],
      ['a@example.com, b@example.com', 'INVALID_ADDRESS'],
      ['soc@example.com\r\nBcc: x@example.com', 'HEADER_INJECTION'],
    ]
    for (const [from, code] of wrong)
      await expect(createNotifier({ from })).rejects.toMatchObject({ code, stage: 'config', field: 'from' })
  })

  it('refuses a bigint in a request, where no text can say it', async () => {
    const notifier = await notifierWith()
    for (const wrong of [
      { to: 1n },
      { timeout: 1n },
      { incident: 1n },
      { incident: { id: 1n } },
      { tlp: 1n },
    ])
      await expect(notifier.send({ ...job, ...wrong } as object)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
    await notifier.close()
  })

  it('refuses a misspelt key in a request, and writes nothing', async () => {
    const notifier = await notifierWith()
    const misspelt = { ...job, encypt: true }
    await expect(notifier.send(misspelt)).rejects.toMatchObject({ code: 'INVALID_REQUEST', field: 'encypt' })
    expect(await readdir(folder)).toEqual([])
    await notifier.close()
  })

  it('opens the identity at once, so that a wrong one is found before the first incident', async () => {
    const smime = { identity: { p12: join(folder, 'missing.p12') } }
    await expect(notifierWith({ smime })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  it('delivers what compose made, as it is', async () => {
    const notifier = await notifierWith()
    const mail = await notifier.compose(job)
    const report = await notifier.deliver(mail)
    expect(report).toMatchObject({ outcome: 'sent', messageId: mail.messageId })
    expect(await readdir(folder)).toHaveLength(1)
    await notifier.close()
  })

  it('sends bounces where returnPath says, and asks machines not to answer', async () => {
    const notifier = await notifierWith({ returnPath: 'Bounces <bounces@example.com>' })
    const mail = await notifier.compose(job)
    expect(mail.sender).toBe('bounces@example.com')
    const value = (name: string) => mail.headers.find((field) => field.name === name)?.value
    expect(value('From')).toBe('soc@example.com')
    expect(value('Auto-Submitted')).toBe('auto-generated')
    expect(value('X-Auto-Response-Suppress')).toContain('OOF')
    const report = await notifier.deliver(mail)
    expect(report.envelope.from).toBe('bounces@example.com')
    const loud = await notifier.compose({
      ...job,
      headers: { 'X-Auto-Response-Suppress': '', 'List-Id': '<soc.example.com>' },
    })
    const names = loud.headers.map(({ name }) => name)
    expect(names).not.toContain('X-Auto-Response-Suppress')
    expect(names).toContain('List-Id')
    await notifier.close()
    await expect(createNotifier({ returnPath: 'nobody' })).rejects.toMatchObject({
      code: 'INVALID_ADDRESS',
      field: 'returnPath',
    })
  })

  it('notes the time of each stage', async () => {
    const notifier = await notifierWith()
    const { timings } = await notifier.send(job)
    expect(Object.keys(timings)).toEqual(['render', 'compose', 'sign', 'encrypt', 'deliver'])
    await notifier.close()
  })

  describe('stops', () => {
    /** A source that answers only when it is told to stop. */
    const stuck: IncidentSource = {
      get: (_, { signal }) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    }

    it('when the time of the job is up', async () => {
      const notifier = await notifierWith({ incidents: stuck })
      await expect(notifier.send({ ...job, incident: 1, timeout: 20 })).rejects.toMatchObject({
        code: 'TIMEOUT',
        stage: 'render',
        temporary: true,
      })
      await notifier.close()
    })

    it('when the time of the notifier is up', async () => {
      const notifier = await notifierWith({ incidents: stuck, timeout: 20 })
      await expect(notifier.render({ ...job, incident: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' })
      await notifier.close()
    })

    it('when the caller says so, and writes nothing', async () => {
      const notifier = await notifierWith({ incidents: stuck })
      const controller = new AbortController()
      const sent = notifier.send({ ...job, incident: 1 }, { signal: controller.signal })
      controller.abort()
      await expect(sent).rejects.toMatchObject({ code: 'ABORTED', temporary: true })
      await expect(notifier.send(job, { signal: controller.signal })).rejects.toMatchObject({
        code: 'ABORTED',
      })
      expect(await readdir(folder)).toEqual([])
      await notifier.close()
    })
  })

  describe('close', () => {
    it('finishes the mails under way', async () => {
      const notifier = await notifierWith()
      const sent = [notifier.send(job), notifier.send(job), notifier.send(job)]
      await notifier.close()
      expect((await Promise.all(sent)).map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent'])
      expect(await readdir(folder)).toHaveLength(3)
    })

    it('finishes also when one of them fails', async () => {
      const notifier = await notifierWith()
      const failing = notifier.send({ ...job, to: 'nobody' })
      const closed = notifier.close()
      await expect(failing).rejects.toMatchObject({ code: 'INVALID_ADDRESS' })
      await expect(closed).resolves.toBeUndefined()
    })

    it('is the end: what comes later is refused', async () => {
      const notifier = await notifierWith()
      await notifier.close()
      await expect(notifier.send(job)).rejects.toMatchObject({ code: 'TRANSPORT_FAILED' })
      await notifier.close()
    })
  })

  describe('check', () => {
    it('sends a test mail when all went well', async () => {
      const notifier = await notifierWith()
      const report = await notifier.check({ to: 'ciso@example.com' })
      expect(report.ok).toBe(true)
      expect(report.steps.map(({ step }) => step)).toEqual(['folder', 'send'])
      expect(await readdir(folder)).toHaveLength(1)
      await notifier.close()
    })

    it('sends none when something did not', async () => {
      const notifier = await notifierWith({ transport: { host: '127.0.0.1', port: 1 } })
      const report = await notifier.check({ to: 'ciso@example.com' })
      expect(report).toMatchObject({ ok: false })
      expect(report.steps.map(({ step }) => step)).not.toContain('send')
      await notifier.close()
    })
  })
})

describe('a call', () => {
  it.each(['send', 'render', 'compose', 'deliver', 'raw', 'check', 'sendMany'] as const)(
    'of %s with an option that does not exist does nothing: a misspelt dryRun would send',
    async (name) => {
      const folder = await mkdtemp(join(tmpdir(), 'notifier-'))
      const notifier = await createNotifier({ from: 'soc@example.com', transport: { folder } })
      const text = 'From: soc@example.com\nTo: ciso@example.com\n\nx'
      const misspelt = { dryrun: true } as object
      const calls = {
        send: () => notifier.send(job, misspelt),
        render: () => notifier.render(job, misspelt),
        compose: () => notifier.compose(job, misspelt),
        deliver: async () => notifier.deliver(await notifier.compose(job), misspelt),
        raw: () => notifier.raw(text, misspelt),
        check: () => notifier.check(misspelt),
        sendMany: async () => (await notifier.sendMany([job], misspelt).next()).value,
      }
      await expect(calls[name]()).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining(`options of ${name}.dryrun`),
      })
      await notifier.close()
      expect(await readdir(folder)).toEqual([])
      await rm(folder, { recursive: true })
    },
  )

  it('of raw takes text or bytes, and names what it cannot take', async () => {
    const notifier = await createNotifier({ from: 'soc@example.com' })
    for (const message of [42, null, undefined, { text: 'x' }])
      await expect(notifier.raw(message as never)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await notifier.close()
  })
})
