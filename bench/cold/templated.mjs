import { fileURLToPath } from 'node:url'
import * as cheerio from 'cheerio'
import { convert } from 'html-to-text'
import nodemailer from 'nodemailer'
import nunjucks from 'nunjucks'

const environment = new nunjucks.Environment(
  new nunjucks.FileSystemLoader(fileURLToPath(new URL('.', import.meta.url))),
  { autoescape: true },
)
const rendered = environment.render('template.njk', {
  incident: { id: 2139, name: 'Phishing wave', severity_code: 'High' },
})
const isHtml = cheerio.load(rendered)('body').children().length > 0
const transporter = nodemailer.createTransport({ host: '127.0.0.1', port: Number(process.argv[2]) })
await transporter.sendMail({
  from: 'soc@example.com',
  to: 'ciso@example.com',
  subject: 'Phishing wave',
  ...(isHtml ? { html: rendered, text: convert(rendered) } : { text: rendered }),
})
