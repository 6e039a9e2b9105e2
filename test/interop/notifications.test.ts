import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNotifier, type DsnOptions, type Notifier } from '../../src/index.js'
import { type MailServer, startMailServer } from '../peers/mail-server.js'
import { describeWith } from '../setup/with-peer.js'

const SECRET = 'Three accounts were used from abroad.'
const SENDER = 'soc@example.com'

describeWith(
  'openssl',
  'postfix',
  'dovecot',
)('delivery status notifications of Postfix', () => {
  let server: MailServer
  const notifiers: Notifier[] = []

  beforeAll(async () => {
    server = await startMailServer({ users: [SENDER, 'ciso@example.com'] })
  })
  afterAll(async () => {
    for (const notifier of notifiers) await notifier.close()
    await server?.stop()
  })

  async function send(by: 'smtp' | 'sendmail', to: string, dsn: boolean | DsnOptions) {
    const { host, ports, credentials: auth, caFile } = server
    const smtp = { host, port: ports.submission, tls: 'starttls', auth, caFile } as const
    const transport = by === 'smtp' ? smtp : { ...server.sendmail, dsn: true }
    const notifier = await createNotifier({ from: SENDER, transport })
    notifiers.push(notifier)
    const report = await notifier.send({ to, subject: 'Phishing', body: SECRET, dsn })
    expect(report).toMatchObject({ outcome: 'sent', warnings: [] })
    return report.messageId
  }

  /** What it says of the recipient, and which message it brings back. */
  async function notification(about: string) {
    const bytes = await server.fetchNotification(SENDER, about)
    const { attachments } = await PostalMime.parse(bytes)
    const part = (type: string) => {
      const found = attachments.find(({ mimeType }) => mimeType === type)
      return found && Buffer.from(found.content as ArrayBuffer).toString()
    }
    return {
      whole: bytes.toString(),
      status: part('message/delivery-status') ?? '',
      headers: part('text/rfc822-headers'),
    }
  }

  it.each(['smtp', 'sendmail'] as const)(
    'come for a mail that lies in its mailbox, asked for by %s, and bring its header alone',
    async (by) => {
      const messageId = await send(by, 'ciso@example.com', true)
      const { whole, status, headers } = await notification(messageId)
      expect(status).toMatch(/^Action: delivered\r?$/m)
      expect(status).toContain(`Original-Envelope-Id: ${messageId.slice(1, -1)}`)
      expect(status).toMatch(/^Original-Recipient: rfc822; ?ciso@example\.com\r?$/m)
      expect(headers).toContain(`Message-ID: ${messageId}`)
      expect(whole).not.toContain(SECRET)
    },
  )

  it.each([
    ['headers', false],
    ['full', true],
  ] as const)('of a failure bring back %s where that is asked for', async (what, content) => {
    const messageId = await send('sendmail', 'a@elsewhere.test', { notify: ['failure'], return: what })
    const { whole, status } = await notification(messageId)
    expect(status).toMatch(/^Action: failed\r?$/m)
    expect(whole.includes(SECRET)).toBe(content)
  })

  it('call the mail what the sender calls it, whatever that holds', async () => {
    const envelopeId = 'case 2139 + notes = "all"'
    await send('smtp', 'ciso@example.com', { envelopeId })
    expect((await notification(envelopeId)).status).toContain(`Original-Envelope-Id: ${envelopeId}`)
  })

  it('do not come where they are not wished for', async () => {
    const silent = await send('sendmail', 'a@elsewhere.test', { notify: 'never' })
    const loud = await send('sendmail', 'a@elsewhere.test', true)
    await server.fetchNotification(SENDER, loud)
    const log = await server.log()
    const [silentId, loudId] = [silent, loud].map(
      (messageId) => log.match(new RegExp(`(\\w+): message-id=${messageId}`))?.[1],
    )
    expect(log).toContain(`${loudId}: sender non-delivery notification`)
    expect(log).toContain(`${silentId}: removed`)
    expect(log).not.toContain(`${silentId}: sender non-delivery notification`)
  })
})
