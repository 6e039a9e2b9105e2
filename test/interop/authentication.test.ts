import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNotifier } from '../../src/notifier/notifier.js'
import type { OAuthOptions } from '../../src/oauth/oauth-options.js'
import { startAuthorizationServer, type TestAuthorizationServer } from '../peers/authorization-server.js'
import { type MailServer, startMailServer } from '../peers/mail-server.js'
import { describeWith } from '../setup/with-peer.js'

const ciso = 'ciso@example.com'
const job = { from: 'soc@example.com', to: ciso, subject: 'Hi', body: 'Hello' }

describeWith(
  'openssl',
  'postfix',
  'dovecot',
)('logging in at Postfix, which asks Dovecot', () => {
  let tokens: TestAuthorizationServer
  let server: MailServer
  beforeAll(async () => {
    tokens = await startAuthorizationServer(ciso)
    server = await startMailServer({ users: [ciso], introspectionUrl: `${tokens.url}/introspect` })
  })
  afterAll(async () => {
    await server?.stop()
    await tokens?.stop()
  })

  const transport = () => ({ host: server.host, port: server.ports.submission, caFile: server.caFile })
  const oauth = (): OAuthOptions => ({
    ...{ clientId: 'id', tokenUrl: `${tokens.url}/token`, refreshToken: tokens.refreshToken() },
  })

  it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'] as const)(
    'goes by %s, and by no wrong password',
    async (authMechanism) => {
      const { user, pass } = server.credentials
      const right = await createNotifier({
        transport: { ...transport(), authMechanism, auth: { user, pass } },
      })
      expect((await right.send(job)).outcome).toBe('sent')
      expect((await right.check()).steps.at(-1)?.message).toContain(`by ${authMechanism}`)
      await right.close()
      const wrong = await createNotifier({
        transport: { ...transport(), authMechanism, auth: { user, pass: 'x' } },
      })
      await expect(wrong.send(job)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false })
      await wrong.close()
    },
  )

  it.each(['XOAUTH2', 'OAUTHBEARER'] as const)(
    'goes by %s with a token, and with the next one where the first expired',
    async (authMechanism) => {
      const settings = { ...transport(), authMechanism, auth: { user: ciso }, oauth: oauth() }
      const notifier = await createNotifier({ transport: { ...settings, maxMessages: 1 } })
      const { messageId } = await notifier.send(job)
      expect((await server.fetch(ciso, messageId)).toString()).toContain('Subject: Hi')
      tokens.revoke()
      const asked = tokens.requests.length
      expect((await notifier.send(job)).outcome).toBe('sent')
      expect(tokens.requests).toHaveLength(asked + 1)
      await notifier.close()
    },
  )

  it.each(['PLAIN', 'XOAUTH2', 'OAUTHBEARER'] as const)(
    'by %s is read whole with a secret that is longer than a command may be',
    async (authMechanism) => {
      const secret = 'x'.repeat(6_000)
      const login =
        authMechanism === 'PLAIN'
          ? { auth: { user: ciso, pass: secret } }
          : { auth: { user: ciso }, oauth: { getToken: async () => secret } }
      const notifier = await createNotifier({ transport: { ...transport(), authMechanism, ...login } })
      const error = await notifier.send(job).catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false })
      // What Postfix says of one that it cut.
      expect(error.message).not.toContain('Invalid base64 data')
      expect(error.message + error.stack).not.toContain('xxxx')
      await notifier.close()
    },
  )

  it.each(['XOAUTH2', 'OAUTHBEARER'] as const)(
    'is refused by %s with a token that is not good',
    async (authMechanism) => {
      const oauth = { getToken: async () => 'hunter2hunter2' }
      const notifier = await createNotifier({
        transport: { ...transport(), authMechanism, auth: { user: ciso }, oauth },
      })
      const error = await notifier.send(job).catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', temporary: false })
      expect(error.message).toContain('refused the access token: 535 5.7.8')
      expect(JSON.stringify(error) + error.stack).not.toContain('hunter2')
      await notifier.close()
    },
  )

  it('falls back on the password where the token is refused', async () => {
    const oauth = { getToken: async () => 'bad' }
    const notifier = await createNotifier({ transport: { ...transport(), auth: server.credentials, oauth } })
    expect((await notifier.send(job)).outcome).toBe('sent')
    const { steps } = await notifier.check()
    expect(steps.at(-1)?.message).toMatch(/refused the access token.*; then "sender" is logged in by PLAIN/)
    await notifier.close()
  })
})
