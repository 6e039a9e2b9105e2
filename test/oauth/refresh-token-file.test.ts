import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OAuthOptions } from '../../src/oauth/oauth-options.js'
import { tokenProvider } from '../../src/oauth/token-provider.js'
import { type BuiltCli, buildCli } from '../cli/built-cli.js'
import { startAuthorizationServer, type TestAuthorizationServer } from '../peers/authorization-server.js'

let cli: BuiltCli
let server: TestAuthorizationServer
let folder: string
beforeAll(async () => {
  cli = await buildCli({ 'token-provider': 'src/oauth/token-provider.ts' })
})
afterAll(() => cli.remove())
beforeEach(async () => {
  server = await startAuthorizationServer('soc@example.com')
  folder = await cli.folder({ token: server.refreshToken(), 'ask.mjs': ask() })
})
afterEach(() => server.stop())

/** A process that asks for a token, as one of a playbook does. */
const ask = () => `
import { tokenProvider } from '${join(cli.dist, 'token-provider.js')}'
const [file, url] = process.argv.slice(2)
const options = { clientId: 'id', tokenUrl: url + '/token', refreshTokenFile: file }
const provider = tokenProvider(options, 'transport.oauth', { proxy: null, authorities: null })
console.log(await provider.token(undefined).catch((error) => error.message))`

function start(file = 'token') {
  const child = spawn(process.execPath, [join(folder, 'ask.mjs'), join(folder, file), server.url])
  const said = text(child.stdout)
  return { child, said: async () => (await said).trim() }
}

const provider = (options: OAuthOptions = {}) =>
  tokenProvider(
    { clientId: 'id', tokenUrl: `${server.url}/token`, refreshTokenFile: join(folder, 'token'), ...options },
    ...(['transport.oauth', { proxy: null, authorities: null }] as const),
  )
const inFile = async () => (await readFile(join(folder, 'token'), 'utf8')).trim()
const locks = async () => (await readdir(folder)).filter((name) => /lock|tmp/.test(name))

describe('a refresh token that several processes use at once', () => {
  it('gives each a token, and the newest is kept', async () => {
    server.slowDown(100)
    const said = await Promise.all([1, 2, 3, 4, 5].map(() => start().said()))
    expect(new Set(said)).toEqual(server.accessTokens)
    expect(server.accessTokens.size).toBe(5)
    expect(await inFile()).toBe(server.refreshToken())
    expect(await locks()).toEqual([])
  })

  it('is one, by whatever name they know its file, and in one process too', async () => {
    await symlink(join(folder, 'token'), join(folder, 'link'))
    server.slowDown(50)
    const said = await Promise.all([
      ...[start('token'), start('link')].map((child) => child.said()),
      ...[provider(), provider()].map((each) => each.token(undefined)),
    ])
    expect(new Set(said)).toEqual(server.accessTokens)
    expect(await inFile()).toBe(server.refreshToken())
  })

  it('is not locked for ever by a process that was killed in the middle', async () => {
    const arrived = server.ignoreNext()
    const held = start()
    await arrived
    expect(await locks()).toHaveLength(1)
    const waiting = start()
    const gone = once(held.child, 'exit')
    held.child.kill('SIGKILL')
    await gone
    expect(server.accessTokens).toContain(await waiting.said())
    expect(await inFile()).toBe(server.refreshToken())
    expect(await locks()).toEqual([])
  })

  it('is not given up to a claim of another machine, nor to one that nobody can read, before its time', async () => {
    const uuid = '00000000-0000-4000-8000-000000000000'
    const file = join(folder, `token.${uuid}.lock`)
    const elsewhere = { run: uuid, pid: 1, host: `not-${hostname()}`, started: null, at: '' }
    for (const content of [JSON.stringify(elsewhere), '']) {
      await writeFile(file, content)
      const asked = provider().token(AbortSignal.timeout(300))
      await expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' })
      expect(await locks()).toEqual([`token.${uuid}.lock`])
      const long = new Date(Date.now() - 130_000)
      await utimes(file, long, long)
      expect(server.accessTokens).toContain(await provider().token(undefined))
      expect(await locks()).toEqual([])
    }
  })

  it('is not asked with where a new one could not be kept', async () => {
    const args = [join(folder, 'ask.mjs'), join(folder, 'token'), server.url].map((word) => `'${word}'`)
    // Each write to a file fails, as on a full disk.
    const script = `trap '' XFSZ; ulimit -f 0; exec '${process.execPath}' ${args.join(' ')}`
    const child = spawn('sh', ['-c', script])
    expect(await text(child.stdout)).toContain(
      `cannot write beside ${join(folder, 'token')}, where a new refresh token would have to be kept: EFBIG`,
    )
    expect(server.requests).toEqual([])
    expect(await locks()).toEqual([])
  })

  it('is remembered where it could not be written, until it can', async () => {
    const file = join(folder, 'token')
    const tokens = provider()
    const first = await tokens.token(undefined)
    server.slowDown(200)
    const renewed = tokens.renew(first, undefined)
    await vi.waitFor(() => expect(server.requests).toHaveLength(2))
    // A folder stands where the file was.
    const before = await readFile(file, 'utf8')
    await rm(file)
    await mkdir(file)
    await expect(renewed).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    await rm(file, { recursive: true })
    await writeFile(file, before)
    expect(server.accessTokens).toContain(await tokens.token(undefined))
    expect(await inFile()).toBe(server.refreshToken())
  })

  it('leaves files alone that only look like a claim', async () => {
    await writeFile(join(folder, 'token.lock'), '')
    await writeFile(join(folder, 'token.backup.lock'), '')
    await provider().token(undefined)
    expect(await locks()).toEqual(['token.backup.lock', 'token.lock'])
  })
})
