import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PreviewServer, startPreview } from '../../src/index.js'

let server: PreviewServer
let port: number
let token: string
beforeAll(async () => {
  server = await startPreview()
  const url = new URL(server.url)
  port = Number(url.port)
  token = url.pathname.split('/')[1] ?? ''
})
afterAll(() => server.close())

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks as any program could, with whatever header it likes. */
async function ask({ method = 'GET', path, headers = {}, body }: Asked) {
  return await new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    },
  )
}

const choice = JSON.stringify({ template: 'incident-summary', incident: 'example/2139.json' })
const asPage = () => ({ 'Content-Type': 'application/json', Origin: `http://127.0.0.1:${port}` })

describe('the preview server', () => {
  it('answers the page', async () => {
    const page = await ask({ path: `/${token}/` })
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const mail = await ask({ method: 'POST', path: `/${token}/preview`, headers: asPage(), body: choice })
    expect(JSON.parse(mail.text).mail.subject).toContain('Credential phishing')
  })

  it('listens on loopback alone, behind a token that nobody guesses', () => {
    expect(new URL(server.url).hostname).toBe('127.0.0.1')
    expect(token).toMatch(/^[\w-]{32}$/)
  })

  it.each([
    ['no token', () => '/choices'],
    ['another token', () => `/${'x'.repeat(32)}/choices`],
    ['a part of it', () => `/${token.slice(0, -1)}/choices`],
    ['a file that is not the page’s', () => `/${token}/..%2fpackage.json`],
    ['a path out of the folder', () => `/${token}/../package.json`],
    ['dots where its files are', () => `/${token}/..`],
    ['a broken escape', () => `/${token}/%zz`],
    ['a mail that was never shown', () => `/${token}/frame/1`],
  ])('refuses %s', async (_, path) => {
    const { status, text } = await ask({ path: path() })
    expect(status).toBe(404)
    expect(text).not.toContain('incident-mailer"')
  })

  it.each([
    ['a host of somebody else’s, as DNS rebinding sends it', { Host: 'attacker.example' }],
    ['its address at another port', { Host: '127.0.0.1:1' }],
    ['another origin', { Origin: 'https://attacker.example' }],
    ['an origin without a name', { Origin: 'null' }],
    ['another port’s origin', { Origin: 'http://127.0.0.1:1' }],
    ['a load from another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }],
    ['a load from another port', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors' }],
    [
      'a frame in another site',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
    ],
  ])('refuses %s, with the right token', async (_, headers) => {
    for (const path of ['', 'choices', 'page.js', 'events']) {
      const { status } = await ask({ path: `/${token}/${path}`, headers: headers as Record<string, string> })
      expect([403, 421]).toContain(status)
    }
  })

  it.each([
    ['without an origin', { 'Content-Type': 'application/json' }],
    ['as a form sends it', { 'Content-Type': 'text/plain', Origin: 'http://127.0.0.1:PORT' }],
    ['without a type', { Origin: 'http://127.0.0.1:PORT' }],
  ])('refuses a POST %s', async (_, given) => {
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace('PORT', String(port))]),
    )
    const { status } = await ask({ method: 'POST', path: `/${token}/preview`, headers, body: choice })
    expect(status).toBe(403)
  })

  it('knows no other methods, and no WebSocket', async () => {
    expect((await ask({ method: 'DELETE', path: `/${token}/` })).status).toBe(405)
    const upgrade = await ask({
      path: `/${token}/`,
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', Origin: 'https://attacker.example' },
    })
    expect(upgrade.status).toBe(403)
  })

  it('hands out whatever a mail holds as a download, and frames for itself alone', async () => {
    const body = JSON.stringify({
      template: 'incident-summary',
      incident: 'example/2139.json',
      fields: { attachments: '*' },
    })
    const answered = await ask({ method: 'POST', path: `/${token}/preview`, headers: asPage(), body })
    const { id } = JSON.parse(answered.text).mail
    for (const path of [`part/${id}/2`, `part/${id}/1.1`, `source/${id}`]) {
      const { status, headers } = await ask({ path: `/${token}/${path}` })
      expect(status).toBe(200)
      expect(headers['content-disposition']).toMatch(/^attachment/)
      expect(headers['content-security-policy']).toContain('sandbox')
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
    const frame = await ask({ path: `/${token}/frame/${id}` })
    expect(frame.headers['content-security-policy']).toMatch(
      /default-src 'none'.*frame-ancestors 'self'; sandbox allow-same-origin$/,
    )
    expect(frame.headers['content-security-policy']).not.toContain('allow-scripts')
  })

  it('tells of a choice that makes no sense', async () => {
    for (const body of ['{ "template": 7 }', '{ "fields": { "encypt": true } }', 'no JSON', '[]']) {
      const { text } = await ask({ method: 'POST', path: `/${token}/preview`, headers: asPage(), body })
      expect(text).toMatch(/problem|message/)
    }
  })

  it('closes, twice', async () => {
    const another = await startPreview()
    await another.close()
    await another.close()
  })

  it('says so where the port is taken', async () => {
    await expect(startPreview({ port })).rejects.toMatchObject({ code: 'TRANSPORT_FAILED', field: 'port' })
  })
})
