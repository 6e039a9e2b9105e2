import { load } from 'cheerio'
import { describe, expect, it } from 'vitest'
import { branding, example, labels, mail } from './mails.js'

const inHtml = labels.filter((label) => label !== 'test-message')

/** What each mail has to say of the example incident, in HTML and in text. */
const says: Readonly<Record<string, readonly string[]>> = {
  'approval-request': [
    'Block all sign-ins from abroad',
    'Dana Weiss',
    '13:30 UTC',
    'networks that R&D never uses',
  ],
  'artifact-digest': [
    '4 indicators',
    '203[.]0[.]113[.]7',
    'payroll[@]payroll-example[.]test',
    '9f86d081884c7d65',
  ],
  'breach-notification': ['Article 33 GDPR', 'EX-2139-1', 'About 120', 'dpo@example.com', 'CVs', '08:10 UTC'],
  'closing-report': [
    'Resolved',
    'second factor',
    'Revoke sessions',
    'Contained within 30 minutes',
    '09:25 UTC',
  ],
  'incident-summary': [
    'High',
    'Active',
    'Phishing, Account takeover',
    'hxxps://payroll-example[.]test/login',
    'Jo Martin',
  ],
  reply: ['well spotted', 'Sam Okafor <sam@example.com> wrote', 'not click'],
  'shift-handover': [
    'Night shift, Jo Martin',
    'AS64500',
    '2131 Lost laptop',
    'Tell the people concerned',
    'duty officer',
  ],
  'status-update': ['The attack is contained', 'Next update', '15:30 UTC', 'payroll system', 'proxy'],
  'task-assigned': ['Tell the people concerned', 'By phone, not by mail', 'Respond', '17:30 UTC'],
}

describe.each(inHtml)('%s', (label) => {
  it('says in HTML and in text what there is to say, with nothing undefined', async () => {
    const { html, text, subject, warnings } = await mail(label, { tlp: 'amber' })
    const words = says[label] ?? []
    expect(words.length).toBeGreaterThan(2)
    const shown = load(html ?? '')('body').text()
    for (const content of [shown, text]) {
      for (const word of [...words, 'TLP:AMBER', 'Example SOC', 'Dana Weiss', 'Hotline: 555-0100']) {
        if (label === 'reply' && word === 'Example SOC') continue
        expect(content.replace(/\s+/g, ' ')).toContain(word)
      }
    }
    expect(warnings).toEqual([])
    expect(subject).not.toBe('')
    expect(`${shown}${text}${subject}`).not.toMatch(/undefined|\bNone\b|\bnull\b|\[object|NaN|&amp;|\{\{/)
  })

  it('has a text twin without markup, gaps and trailing spaces', async () => {
    const { text } = await mail(label, { tlp: 'red', locale: 'de' })
    expect(text).not.toMatch(/<\/?[a-z]+>|&[a-z]+;/)
    expect(text).not.toMatch(/\n{3,}/)
    for (const line of text.split('\n')) if (line !== '-- ') expect(line).toBe(line.trimEnd())
    expect(text).toBe(text.trimStart())
  })

  it('speaks German where the job does, in the job’s time zone', async () => {
    const { html, text } = await mail(label, { locale: 'de-CH', timeZone: 'Europe/Zurich', tlp: 'green' })
    expect(load(html ?? '')('html').attr('lang')).toBe('de')
    expect(text).toContain('nur innerhalb Ihrer Gemeinschaft')
    expect(text).not.toMatch(/\d\d:\d\d UTC\n/)
  })

  it('does without anything but a name', async () => {
    const { html, text, warnings } = await mail(label, { incident: { name: 'Alone' } }, {})
    expect(warnings).toEqual([])
    const $ = load(html ?? '')
    expect($('a').length).toBe(0)
    expect($('h2').length).toBeLessThanOrEqual(1)
    expect(`${$('body').text()}${text}`).not.toMatch(/undefined|\bNone\b|\bnull\b|TLP/)
  })

  it('does without an incident at all', async () => {
    const { html } = await mail(label, { incident: undefined }, {})
    expect(html).toContain('</html>')
  })

  it('keeps hostile text where it belongs', async () => {
    const hostile =
      '</td></tr></table><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a>'
    const poisoned = JSON.parse(JSON.stringify(example), (key, value: unknown) =>
      typeof value === 'string' && !['baseUrl', 'path', 'input_type', 'format', 'status'].includes(key)
        ? hostile
        : value,
    )
    const { html, subject } = await mail(label, { incident: { ...poisoned, fields: {}, attachments: [] } })
    const $ = load(html ?? '')
    expect($('script, [onerror], [onclick]').length).toBe(0)
    expect($('img').length).toBe(1)
    for (const link of $('a[href]').toArray()) expect($(link).attr('href')).toMatch(/^https:/)
    const harmless = load((await mail(label)).html ?? '')
    expect($('body').children().length).toBe(harmless('body').children().length)
    expect(subject).not.toMatch(/[\r\n]/)
  })

  it('has colours that can be read, in light and in dark', async () => {
    const { unreadable } = await import('./readable.js')
    const { html } = await mail(label, { tlp: 'green' })
    expect(unreadable(html ?? '')).toEqual([])
    const light = { ...branding, headerColor: '#ffe14d', accentColor: '#ffd400' }
    expect(unreadable((await mail(label, {}, { branding: light })).html ?? '')).toEqual([])
  })
})

it('approval-request links nowhere but to https and mail', async () => {
  const properties = { approve_url: 'javascript:alert(1)', reject_url: 'data:text/html,x' }
  const { html, text } = await mail('approval-request', { incident: { id: 1, name: 'x', properties } })
  expect(load(html ?? '')('a').length).toBe(0)
  expect(`${html}${text}`).not.toMatch(/javascript:|data:text/)
  expect(text).toContain('Reply with')
})

it('task-assigned shows all open tasks where none is chosen', async () => {
  const { task_id: _, ...properties } = example.incident.properties
  const { text } = await mail('task-assigned', {
    incident: { ...example, incident: { ...example.incident, properties } },
  })
  expect(text).toContain('TELL THE PEOPLE CONCERNED')
  expect(text).toContain('SEARCH THE PROXY')
  expect(text).not.toMatch(/revoke sessions/i)
})
