// The pipeline without S/MIME, beside a script that a careful person would write by hand with plain nunjucks,
// cheerio, html-to-text and nodemailer. Both hand their bytes to the same transport, which reads and drops them.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as cheerio from 'cheerio'
import { convert } from 'html-to-text'
import { createNotifier } from 'incident-mailer'
import nodemailer from 'nodemailer'
import nunjucks from 'nunjucks'
import { measure, print } from './measure.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const file = JSON.parse(readFileSync(here('../examples/incidents/2139.json'), 'utf8'))
const attachment = readFileSync(here('../examples/incidents/2139/suspicious-mail.eml'))
const example = {
  ...file,
  attachments: [{ name: 'suspicious-mail.eml', content: attachment.toString('base64') }],
}

/** The example incident, grown to `artifacts` artifacts and `notes` notes. */
function incidentOf(artifacts, notes) {
  const grow = (list, count) => Array.from({ length: count }, (_, index) => list[index % list.length])
  return { ...example, artifacts: grow(example.artifacts, artifacts), notes: grow(example.notes, notes) }
}

let bytes = 0
const sink = {
  name: 'sink',
  version: '1',
  send(mail, done) {
    const stream = mail.message.createReadStream()
    stream.on('data', (chunk) => {
      bytes += chunk.length
    })
    stream.on('end', () =>
      done(null, { envelope: mail.message.getEnvelope(), messageId: mail.message.messageId() }),
    )
    stream.on('error', done)
  },
}

function byHand() {
  const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(here('.')), { autoescape: true })
  const transporter = nodemailer.createTransport(sink)
  return async (incident) => {
    const flat = (notes) => notes.flatMap((note) => [note, ...flat(note.children ?? [])])
    const html = environment.render('report.njk', {
      incident: incident.incident,
      artifacts: incident.artifacts,
      notes: flat(incident.notes),
      value: (field) => {
        const { input_type: type, prefix } = incident.fields[field] ?? {}
        const value = (prefix ? incident.incident[prefix] : incident.incident)[field]
        if (type === 'datetimepicker') return new Date(value).toISOString()
        return Array.isArray(value) ? value.join(', ') : (value?.content ?? value)
      },
      url: `${incident.links.baseUrl}/#incidents/${incident.incident.id}?orgId=${incident.links.orgId}`,
    })
    const page = cheerio.load(html)
    const attachments = incident.attachments.map(({ name, content }) => ({
      filename: name,
      content,
      encoding: 'base64',
    }))
    for (const image of page('img').toArray()) {
      const source = page(image).attr('src')
      if (/^(?:cid|https?|data):/.test(source)) continue
      attachments.push({ filename: source, path: here(source), cid: source })
      page(image).attr('src', `cid:${source}`)
    }
    const isHtml = page('body').children().length > 0
    return await transporter.sendMail({
      from: 'SOC <soc@example.com>',
      to: 'ciso@example.com',
      subject: `[${incident.incident.id}] ${incident.incident.name}`,
      ...(isHtml ? { html: page.html(), text: convert(html, TEXT) } : { text: html }),
      priority: 'high',
      attachments,
    })
  }
}

/** Tables that hold data read as tables. */
const TEXT = { wordwrap: 78, selectors: [{ selector: 'table', format: 'dataTable' }] }

export async function pipelineBench() {
  const hand = byHand()
  const notifier = await createNotifier({
    from: 'SOC <soc@example.com>',
    transport: sink,
    templates: { report: here('./report-with-helper.njk') },
  })
  for (const [title, incident, calls] of [
    ['4 artifacts, 3 notes', incidentOf(4, 2), 40],
    ['30 artifacts, 50 notes', incidentOf(30, 50), 15],
  ]) {
    const rows = await measure(
      {
        'by hand': () => hand(incident),
        'incident-mailer': () =>
          notifier.send({
            to: 'ciso@example.com',
            template: 'report',
            incident,
            importance: 'high',
            attachments: '*',
          }),
      },
      { turns: 15, calls },
    )
    print(`One mail without S/MIME, ${title} (render, compose, hand over)`, rows)
  }
  await notifier.close()
  if (bytes === 0) throw new Error('nothing was handed over')
}
