import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Certificates, makeCertificates } from '../deliver/smtp/certificates.js'
import { startAuthorizationServer, type TestAuthorizationServer } from '../peers/authorization-server.js'
import { silentTunnel, startHttpProxy } from '../peers/proxy.js'
import { type BuiltCli, buildCli, objectOn } from './built-cli.js'

let cli: BuiltCli
let server: TestAuthorizationServer
let certificates: Certificates
beforeAll(async () => {
  cli = await buildCli()
  certificates = makeCertificates()
})
afterAll(async () => {
  certificates.remove()
  await cli.remove()
})
beforeEach(async () => {
  server = await startAuthorizationServer('soc@example.com')
})
afterEach(() => server.stop())

async function folder(graph: boolean, given: object = {}, way: object = {}) {
  const oauth = {
    ...{ clientId: 'id', tokenUrl: `${server.url}/token`, authorizationUrl: `${server.url}/authorize` },
    ...{ deviceUrl: `${server.url}/device`, refreshTokenFile: 'token', ...(!graph && { scope: 'mail' }) },
    ...given,
  }
  const smtp = { host: 'mail.example.com', auth: { user: 'soc@example.com' }, oauth }
  const transport = { ...(graph ? { graph: { oauth } } : smtp), ...way }
  return await cli.folder({ 'incident-mailer.json': { profiles: { soc: { transport } }, profile: 'soc' } })
}

/** Starts the command and waits for the page that it asks a person to open. */
async function begin(args: readonly string[], graph = false, oauth: object = {}, way: object = {}) {
  const cwd = await folder(graph, oauth, way)
  const child = await cli.start(['authorize', ...args], { cwd })
  if (!child.stdout) throw new Error('it has no stdout')
  const out = text(child.stdout)
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += chunk
  })
  while (!/agree: \S+\n|enter \S+\n/.test(said)) await once(child.stderr ?? child, 'data')
  const url = new URL(/agree: (\S+)/.exec(said)?.[1] ?? 'http://x/')
  const end = async () => {
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
    return {
      code,
      stdout: await out,
      said,
      token: await readFile(join(cwd, 'token'), 'utf8').catch(() => null),
    }
  }
  return { child, cwd, url, said: () => said, end }
}

describe('authorize', () => {
  it('takes a person to the server and back by loopback, with PKCE, and keeps the refresh token', async () => {
    const { url, end, cwd } = await begin([])
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ response_type: 'code', client_id: 'id', scope: 'mail', code_challenge_method: 'S256' },
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    })
    const page = await fetch(url)
    expect(await page.text()).toContain('Thank you')
    const { code, stdout, said, token } = await end()
    expect(code).toBe(0)
    expect(token).toBe(`${server.refreshToken()}\n`)
    expect((await stat(join(cwd, 'token'))).mode & 0o777).toBe(0o600)
    expect(JSON.parse(stdout)).toEqual({ refreshTokenFile: join(cwd, 'token') })
    expect(stdout + said).not.toContain(server.refreshToken())
  })

  it("asks for Graph's scope where the profile is one of Graph's", async () => {
    const { url, end } = await begin([], true)
    expect(url.searchParams.get('scope')).toBe('https://graph.microsoft.com/.default offline_access')
    await fetch(url)
    expect((await end()).token).toBe(`${server.refreshToken()}\n`)
  })

  it('does not take a redirect with another state, which anyone may send', async () => {
    const { url, end } = await begin([])
    const forged = new URL(url.searchParams.get('redirect_uri') ?? '')
    forged.searchParams.set('code', 'forged')
    forged.searchParams.set('state', 'forged')
    expect((await fetch(forged)).status).toBe(400)
    expect(server.requests).toEqual([])
    await fetch(url)
    expect((await end()).code).toBe(0)
  })

  it('takes an address that was pasted, where this machine has no browser', async () => {
    const { child, url, end } = await begin(['--paste'])
    const { headers } = await fetch(url, { redirect: 'manual' })
    child.stdin?.end(`${headers.get('location')}\n`)
    const { code, token } = await end()
    expect(code).toBe(0)
    expect(token).toBe(`${server.refreshToken()}\n`)
  })

  it('refuses a pasted address with another state', async () => {
    const { child, url, end } = await begin(['--paste'])
    const { headers } = await fetch(url, { redirect: 'manual' })
    const forged = new URL(headers.get('location') ?? '')
    forged.searchParams.set('state', 'forged')
    child.stdin?.end(`${forged}\n`)
    const { code, token, said } = await end()
    expect(code).toBe(77)
    expect(token).toBeNull()
    expect(said).toContain('state')
    expect(server.requests).toEqual([])
  })

  it('shows a code for another device, and waits until the person has agreed', async () => {
    const { said, end } = await begin(['--device'])
    expect(said()).toContain('open http://x/ and enter ABCD')
    server.agree()
    expect((await end()).code).toBe(0)
  })

  it.each([
    { name: 'of SMTP', graph: false },
    { name: 'of Graph', graph: true },
  ])('goes through the proxy of a transport $name, and never around it', async ({ graph }) => {
    const proxy = await startHttpProxy(silentTunnel, 'robot:hunter2')
    const secure = await startAuthorizationServer('soc@example.com', 3600, certificates.good)
    const oauth = {
      ...{
        tokenUrl: `${secure.url}/token`,
        authorizationUrl: `${secure.url}/authorize`,
        deviceUrl: undefined,
      },
      ...{ caFile: certificates.caFile, refreshTokenFile: 'token' },
    }
    const consent = async (way: object) => {
      const { child, cwd, url, end } = await begin(['--paste'], graph, oauth, way)
      const redirect = new URL(url.searchParams.get('redirect_uri') ?? '')
      const challenge = url.searchParams.get('code_challenge') ?? ''
      redirect.search = String(
        new URLSearchParams({ code: secure.code(challenge), state: url.searchParams.get('state') ?? '' }),
      )
      child.stdin?.end(`${redirect}\n`)
      return { ...(await end()), cwd }
    }
    const refused = await consent({ proxy: `http://robot:wrong-word@${proxy.address}` })
    expect(refused).toMatchObject({ code: 77, token: null })
    expect(refused.said).toContain(`the HTTP proxy ${proxy.address} refuses the user name or password`)
    expect(refused.said + refused.stdout).not.toContain('wrong-word')
    expect(secure.requests).toEqual([])
    const { code, token, cwd } = await consent({ proxy: `http://robot:hunter2@${proxy.address}` })
    expect({ code, token }).toEqual({ code: 0, token: `${secure.refreshToken()}\n` })
    expect(proxy.asked.at(-1)?.url).toBe(new URL(secure.url).host)
    expect(proxy.passed().toString('latin1')).not.toContain('code_verifier')
    // What was consented to is used the same way.
    const { stdout } = await cli.run(['check'], { cwd })
    expect(secure.requests).toHaveLength(graph ? 2 : 1)
    expect(stdout).not.toContain('hunter2')
    await Promise.all([proxy.stop(), secure.stop()])
  })

  it.each([
    [{ refreshTokenFile: undefined }, [], 78, 'refreshTokenFile is missing'],
    [{ authorizationUrl: undefined }, [], 78, 'transport.oauth.authorizationUrl is missing'],
    [{}, ['--profile', 'none'], 78, 'there is no oauth in the transport of the profile none'],
    [{}, ['--port', 'x'], 64, '--port is a number'],
  ])('with %j and %j is an error', async (oauth, args, code, message) => {
    const result = await cli.run(['authorize', ...args], { cwd: await folder(false, oauth) })
    expect(result.code).toBe(code)
    expect(objectOn(result).error.message).toContain(message)
  })
})
