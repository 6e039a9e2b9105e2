import { describe, expect, it } from 'vitest'
import { type Finding, type MailRequest, preview } from '../../src/index.js'
import { labels } from '../templates/mails.js'

const file = {
  incident: {
    id: 1,
    name: 'Phishing wave',
    description: 'Look <b>here</b>',
    properties: { note: 'two words' },
  },
  artifacts: [{ value: '203.0.113.7', type: 'IP Address' }],
}

async function findings(source: string, request: MailRequest = {}): Promise<readonly Finding[]> {
  const mail = await preview({
    subject: 'Hi',
    inlineTemplate: source,
    format: 'html',
    incident: file,
    ...request,
  })
  return mail.findings
}

async function codes(source: string, request: MailRequest = {}): Promise<string[]> {
  return (await findings(source, request)).map(({ code }) => code)
}

describe('findings', () => {
  it.each(labels)('has nothing to warn of in the built-in %s', async (template) => {
    const { findings: found } = await preview({ template, incident: file, to: 'ciso@example.com' })
    expect(found.filter(({ level }) => level === 'warning')).toEqual([])
  })

  it.each([
    ['UNDEFINED_VARIABLE', '<p>{{ incident.nmae }}</p>'],
    ['MISSING_ALT', '<img src="https://example.com/x.png">'],
    ['UNKNOWN_CID', '<img alt="" src="cid:nobody">'],
    ['IMAGE_NOT_FOUND', '<img alt="" src="missing.png">'],
    ['LOW_CONTRAST', '<p style="color: #999999">Hard to read</p>'],
    ['LOW_CONTRAST', '<table bgcolor="#333"><tr><td><p>Black on dark</p></td></tr></table>'],
    [
      'LOW_CONTRAST',
      '<div style="background: rgb(0, 0, 128)"><a href="https://example.com">Blue on blue</a></div>',
    ],
    ['BROKEN_LINK', '<a href="">nowhere</a>'],
    ['BROKEN_LINK', '<a href="{{ incident.url }}">nowhere</a>'],
    ['BROKEN_LINK', '<a href="/incidents/1">relative</a>'],
    ['BROKEN_LINK', '<a href="https://">no host</a>'],
    ['BROKEN_LINK', '<a href="#there">no such place</a>'],
    ['BROKEN_LINK', '<a href="https://example.com/undefined">not filled in</a>'],
    ['BROKEN_LINK', '<a href="https://example.com/"><img alt="" src="https://example.com/x.png"></a>'],
    ['LARGE_HTML', `<p>${'0123456789 '.repeat(10_000)}</p>`],
    ['SECRET', '<p>password: hunter2</p>'],
    ['SECRET', '<p>https://soc:hunter2@example.com/</p>'],
    ['SECRET', '<pre>-----BEGIN PRIVATE KEY-----</pre>'],
    ['UNESCAPED_FIELD', '<p>{{ incident.description | safe }}</p>'],
    ['UNESCAPED_FIELD', '<p>{{ incident.properties.note | safe }}</p>'],
    ['CLIENT_SUPPORT', '<div style="display: flex">x</div>'],
    ['CLIENT_SUPPORT', '<video src="https://example.com/x.mp4"></video>'],
  ])('%s: %s', async (code, source) => {
    expect(await codes(source)).toContain(code)
  })

  it.each([
    ['a decoration without words', '<img alt="" src="https://example.com/x.png">'],
    ['large text of a weaker colour', '<h1 style="font-size: 32px; color: #888888">Large</h1>'],
    ['text that nobody sees', '<div style="display: none; color: #ffffff">Hidden</div>'],
    ['a place in the mail', '<a href="#there">there</a><p id="there">x</p>'],
    ['a mail address', '<a href="mailto:soc@example.com">write</a>'],
    ['a field that is escaped', '<p>{{ incident.description }}</p>'],
    [
      'a field from the helper',
      "<p>{{ template_helper.get_incident_value(incident, 'description') | safe }}</p>",
    ],
    ['a word about passwords', '<p>Change your password. Password reset is here.</p>'],
  ])('leaves %s alone', async (_, source) => {
    expect((await findings(source)).filter(({ level }) => level === 'warning')).toEqual([])
  })

  it('finds a subject that is too long', async () => {
    expect(await codes('<p>x</p>', { subject: 'x '.repeat(50) })).toContain('LONG_SUBJECT')
  })

  it('finds a plain text that says something else', async () => {
    const words = 'alpha bravo charlie delta echoes foxtrot golfing hotels indian juliet kilos limas'
    const request = { subject: 'Hi', body: `<p>${words}</p>`, textBody: 'Please open this mail as HTML.' }
    const { findings: found } = await preview(request)
    expect(found.map(({ code }) => code)).toEqual(['TEXT_DIFFERS'])
    expect((await preview({ ...request, textBody: words })).findings).toEqual([])
  })

  it('finds inside addresses in a mail that goes outside, and only there', async () => {
    const source = '<p>From 10.1.2.3 to files.corp</p>'
    const from = 'soc@example.com'
    expect(await codes(source, { from, to: 'a@example.com' })).not.toContain('PRIVATE_ADDRESS')
    expect(await codes(source, { from, to: 'a@elsewhere.example' })).toContain('PRIVATE_ADDRESS')
    expect(await codes(source, { from, to: 'a@example.com', tlp: 'clear' })).toContain('PRIVATE_ADDRESS')
    expect(await codes(source)).not.toContain('PRIVATE_ADDRESS')
  })

  it('does not quote a secret', async () => {
    expect(JSON.stringify(await findings('<p>password: hunter2</p>'))).not.toContain('hunter2')
  })
})
