// A template of your own, and incidents that lie in files. Nothing is sent: render() shows what would be said.
import { fileURLToPath } from 'node:url'
import { createNotifier, jsonFolder } from 'incident-mailer'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

const notifier = await createNotifier({
  templates: { 'phishing-report': here('./templates/phishing-report.njk') },
  incidents: jsonFolder(here('./incidents')),
})

const { subject, text, warnings } = await notifier.render({ incident: 2139, template: 'phishing-report' })

console.log(subject)
console.log(text)
console.log(`${warnings.length} warnings`)
await notifier.close()
