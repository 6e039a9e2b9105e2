import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkTransport } from '../../src/deliver/check.js'
import { type Script, silence, startScriptedServer } from '../peers/scripted-server.js'
import { errorOf } from './mails.js'
import { type Certificates, makeCertificates } from './smtp/certificates.js'

let certificates: Certificates
beforeAll(() => {
  certificates = makeCertificates()
})
afterAll(() => certificates.remove())

const cleanup: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop()
})

async function check(script: Script, options: object = {}) {
  const server = await startScriptedServer(script)
  cleanup.push(server.stop)
  const report = await checkTransport({ host: 'localhost', port: server.port, ...options }, {})
  const line = (step: string) => report.steps.find((one) => one.step === step)?.message
  return { server, report, line, names: report.steps.map(({ step, ok }) => `${step}: ${ok}`) }
}

const ALL = ['dns: true', 'connect: true', 'tls: true', 'offered: true', 'authenticate: true']

describe('a check of a mail server', () => {
  it.each([true, false])('tells what it found at each step (implicit TLS: %s)', async (implicit) => {
    const { server, report, names, line } = await check(
      { tls: { ...certificates.good, implicit }, extensions: ['SIZE 1000', 'SMTPUTF8', 'AUTH PLAIN LOGIN'] },
      {
        tls: implicit ? 'implicit' : 'starttls',
        caFile: certificates.caFile,
        auth: { user: 'soc', pass: 'correct horse' },
      },
    )
    expect(names).toEqual(ALL)
    expect(report.ok).toBe(true)
    expect(report.steps.every(({ milliseconds }) => milliseconds >= 0)).toBe(true)
    expect(line('dns')).toMatch(/localhost is .*(127\.0\.0\.1|::1)/)
    expect(line('tls')).toMatch(/^TLSv1\.[23], certificate of "localhost" valid for [12] more days$/)
    expect(line('offered')).toBe('SMTPUTF8, AUTH PLAIN LOGIN, up to 1000 octets')
    expect(line('authenticate')).toBe('"soc" is logged in by PLAIN')
    expect(JSON.stringify(report)).not.toContain('horse')
    expect(server.commands('MAIL')).toEqual([])
    expect(server.commands('QUIT')).toHaveLength(1)
  })

  it('says that a connection is not protected', async () => {
    const { names, line } = await check({}, { tls: 'none' })
    expect(names).toEqual(ALL)
    const why = '; nothing is encrypted, which is taken since localhost is this machine'
    expect(line('tls')).toBe(`the server greets; no TLS, as transport.tls says${why}`)
    const byDefault = await check({}, {})
    expect(byDefault.line('tls')).toBe(`the server greets; no TLS is offered${why}`)
    expect(line('authenticate')).toContain('no user name')
  })

  it('stops at the name that does not exist', async () => {
    const report = await checkTransport('smtp://no-such-host.invalid', {})
    expect(report).toMatchObject({ ok: false, steps: [{ step: 'dns', ok: false }] })
    expect(report.steps[0]?.message).toContain('check the host')
  })

  it('stops at the port where nobody listens', async () => {
    const server = await startScriptedServer()
    await server.stop()
    const report = await checkTransport({ host: 'localhost', port: server.port }, {})
    expect(report.steps.map(({ step, ok }) => `${step}: ${ok}`)).toEqual(['dns: true', 'connect: false'])
    expect(report.steps[1]?.message).toContain('ECONNREFUSED')
  })

  it('stops at a certificate that nobody vouches for, and says what to do', async () => {
    const { names, line } = await check({ tls: certificates.good })
    expect(names).toEqual(['dns: true', 'connect: true', 'tls: false'])
    expect(line('tls')).toContain('transport.caFile')
  })

  it('stops at a greeting that turns it away', async () => {
    const { names, line } = await check({ greeting: '421 4.3.2 Too busy' })
    expect(names).toEqual(['dns: true', 'connect: true', 'tls: false'])
    expect(line('tls')).toContain('421 4.3.2 Too busy')
  })

  it('stops at a password that is wrong', async () => {
    const { report, names } = await check(
      { extensions: ['AUTH PLAIN'], auth: '535 5.7.8 Wrong' },
      { auth: { user: 'soc', pass: 'correct horse' } },
    )
    expect(names).toEqual([...ALL.slice(0, 4), 'authenticate: false'])
    expect(report.ok).toBe(false)
    expect(JSON.stringify(report)).not.toContain('horse')
  })

  it('ends with the signal', async () => {
    const server = await startScriptedServer({ greeting: silence })
    cleanup.push(server.stop)
    const signal = AbortSignal.timeout(50)
    const error = await errorOf(checkTransport({ host: '127.0.0.1', port: server.port }, { signal }))
    expect(error.code).toBe('TIMEOUT')
    expect(error.message).toContain(`no greeting from 127.0.0.1:${server.port}`)
  })
})

describe('a check of a folder', () => {
  it('tells whether it can be written to, and leaves nothing there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deliver-check-'))
    expect(await checkTransport({ folder }, {})).toMatchObject({
      ok: true,
      steps: [{ step: 'folder', ok: true }],
    })
    expect(await readdir(folder)).toEqual([])
    const file = join(folder, 'file')
    await writeFile(file, '')
    expect(await checkTransport({ folder: file }, {})).toMatchObject({
      ok: false,
      steps: [{ step: 'folder' }],
    })
    await rm(folder, { recursive: true })
  })
})

describe('a check without a transport', () => {
  it('says that there is none, and where mails go', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deliver-check-'))
    const before = process.cwd()
    process.chdir(folder)
    const { steps } = await checkTransport(undefined, {}).finally(() => process.chdir(before))
    expect(steps[0]?.message).toContain('no transport is configured: mails go to')
    expect(steps[0]?.message).toContain(join(folder, 'outbox'))
    const configured = await checkTransport({ folder: join(folder, 'outbox') }, {})
    expect(configured.steps[0]?.message).toMatch(/^mails are written to/)
    await rm(folder, { recursive: true })
  })
})

describe('a check of a Transporter', () => {
  const sendMail = async () => ({})
  it.each([
    ['asks it', async () => true, true],
    [
      'tells what it says',
      async () => {
        throw Object.assign(new Error('Invalid login'), { code: 'EAUTH', response: '535 5.7.8 Wrong' })
      },
      false,
    ],
  ])('%s', async (_, verify, ok) => {
    const report = await checkTransport({ sendMail, verify }, {})
    expect(report).toMatchObject({ ok, steps: [{ step: 'transporter', ok }] })
  })

  it('that cannot check itself says so', async () => {
    expect((await checkTransport({ sendMail }, {})).steps[0]?.message).toContain('no way to check')
  })
})
