// Two mails about one incident, in one thread; the second brings a file along and an image in its text.
import { createNotifier } from 'incident-mailer'

const notifier = await createNotifier({ from: 'SOC <soc@example.com>', transport: { folder: './outbox' } })
const incident = { id: 2139, name: 'Credential phishing against R&D' }

const first = await notifier.send({
  to: 'ciso@example.com',
  incident,
  thread: true,
  body: 'We are looking into it.',
})

const second = await notifier.send({
  to: 'ciso@example.com',
  incident,
  thread: true,
  inReplyTo: first.messageId,
  importance: 'high',
  body: '<p>Contained. The chart: <img src="cid:chart" alt="Sign-ins by hour"></p>',
  attachments: [
    { name: 'chart.png', content: smallestPng(), cid: 'chart' },
    { name: 'accounts.csv', content: Buffer.from('account,reset\nalice,yes\n') },
  ],
})

console.log(first.messageId, '<-', second.messageId)
await notifier.close()

/** One transparent pixel, in base64. */
function smallestPng() {
  return 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
}
