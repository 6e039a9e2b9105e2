// What to do with each way a mail can fail: the code says what happened, `temporary` whether to try again.
import { createNotifier, IncidentMailerError } from 'incident-mailer'

const notifier = await createNotifier({
  from: 'soc@example.com',
  // Nobody listens on port 1 of this machine.
  transport: { host: '127.0.0.1', port: 1 },
})

try {
  await notifier.send({ to: 'ciso@example.com', subject: 'Hello', body: 'All quiet.' })
} catch (error) {
  if (!(error instanceof IncidentMailerError)) throw error
  if (error.code === 'OUTCOME_UNKNOWN') {
    console.log(`ask the server for ${error.messageId} before you send again`)
  } else if (error.temporary) {
    console.log(`try again later: ${error.code}: ${error.message}`)
  } else {
    console.log(`do not try again: ${error.code}: ${error.message}`)
  }
  for (const { address, message } of error.report?.rejected ?? []) console.log(`${address}: ${message}`)
}
await notifier.close()
