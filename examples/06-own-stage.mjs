// A stage of your own between two of ours: here a footer under every mail, before it is composed and signed.
import { compose, deliver, pipeline, render } from 'incident-mailer'

/** @type {import('incident-mailer').Stage<import('incident-mailer').RenderedMail, import('incident-mailer').RenderedMail>} */
const footer = async (mail) => ({
  ...mail,
  text: `${mail.text}\n-- \nSecurity Operations, +49 30 5550100\n`,
  html: mail.html?.replace('</body>', '<p>Security Operations, +49 30 5550100</p></body>') ?? null,
})

const delivered = deliver({ transport: { folder: './outbox' } })
const send = pipeline(render({}), footer, compose({ from: 'SOC <soc@example.com>' }), delivered)

const report = await send({ to: 'ciso@example.com', subject: 'Shift change', body: 'All quiet.' }, {})
console.log(report.outcome, report.timings)
await delivered.close()
