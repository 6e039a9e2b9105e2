// The smallest mail: an incident, a built-in template, a folder that receives it.
import { createNotifier } from 'incident-mailer'

const notifier = await createNotifier({
  from: 'SOC <soc@example.com>',
  transport: { folder: './outbox' },
})

const report = await notifier.send({
  to: 'ciso@example.com',
  template: 'incident-summary',
  incident: { id: 2139, name: 'Credential phishing against R&D', severity_code: 'High' },
})

console.log(`${report.outcome}: ${report.subject}`)
console.log(report.serverResponse)
await notifier.close()
