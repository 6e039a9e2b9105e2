import { createTransport } from 'nodemailer'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { deliver } from '../../src/deliver/deliver.js'
import { type Script, silence, startScriptedServer } from '../peers/scripted-server.js'
import { errorOf, mail } from './mails.js'
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

/** What a Transporter of nodemailer's itself says when it cannot send, as an error of ours. */
async function failure(script: Script, options: object = {}) {
  const server = await startScriptedServer(script)
  cleanup.push(server.stop)
  const transporter = createTransport({ host: 'localhost', port: server.port, ignoreTLS: true, ...options })
  const error = await errorOf(deliver({ transport: transporter })(mail(), {}))
  expect(server.messages).toEqual([])
  return error
}

const auth = { user: 'soc', pass: 'correct horse' }
const authentication = { extensions: ['AUTH PLAIN'] }

describe("an error of nodemailer's own Transporter", () => {
  it.each<[string, Script, object, string, boolean, RegExp]>([
    [
      'a greeting of 421',
      { greeting: '421 4.3.2 Busy' },
      {},
      'CONNECTION_FAILED',
      true,
      /turned .* away: 421/,
    ],
    [
      'a greeting of 554',
      { greeting: '554 5.7.1 No' },
      {},
      'CONNECTION_FAILED',
      false,
      /turned .* away: 554/,
    ],
    ['a greeting that is none', { greeting: 'HTTP/1.1 400' }, {}, 'PROTOCOL_ERROR', false, /speak SMTP/],
    [
      'no greeting',
      { greeting: silence },
      { greetingTimeout: 50 },
      'CONNECTION_FAILED',
      true,
      /greeting in time/,
    ],
    [
      'a wrong password',
      { ...authentication, auth: '535 5.7.8 Wrong' },
      { auth },
      'AUTHENTICATION_FAILED',
      false,
      /user name and password: 535 5\.7\.8 Wrong; check/,
    ],
    [
      'a password that cannot be looked up now',
      { ...authentication, auth: '454 4.7.0 Later' },
      { auth },
      'AUTHENTICATION_FAILED',
      true,
      /454 4\.7\.0 Later; try again later/,
    ],
    [
      'a server without STARTTLS',
      {},
      { ignoreTLS: false, requireTLS: true },
      'TLS_FAILED',
      false,
      /does not start TLS/,
    ],
  ])('after %s is one of ours', async (_, script, options, code, temporary, message) => {
    const error = await failure(script, options)
    expect(error).toMatchObject({ code, temporary })
    expect(error.message).toMatch(message)
    expect(`${error.message}${error.cause}`).not.toContain('horse')
  })

  it('after a certificate that nobody vouches for names what it lacks', async () => {
    const script = { tls: certificates.good }
    const error = await failure(script, { ignoreTLS: false, requireTLS: true })
    expect(error).toMatchObject({ code: 'TLS_FAILED', temporary: false })
    expect(error.message).toContain('no trusted authority vouches for')
  })

  it.each([
    ['that is not there', { host: 'localhost', port: 1 }, true, 'ECONNREFUSED'],
    ['that has no address', { host: 'no-such-host.invalid', port: 25 }, false, 'was not found'],
  ])('at a server %s says so', async (_, options, temporary, message) => {
    const error = await errorOf(deliver({ transport: createTransport(options) })(mail(), {}))
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', temporary })
    expect(error.message).toContain(message)
  })

  it('about an address that cannot be said is one of the address', async () => {
    const sendMail = async () => {
      throw Object.assign(new Error('Invalid recipient "a>b"'), { code: 'EENVELOPE', command: 'API' })
    }
    expect((await errorOf(deliver({ transport: { sendMail } })(mail(), {}))).code).toBe('INVALID_ADDRESS')
  })
})
