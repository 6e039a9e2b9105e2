import { load } from 'cheerio'
import { describe, expect, it } from 'vitest'
import type { MailRequest } from '../../src/mail.js'
import { render } from '../../src/render/render.js'

const file = {
  incident: {
    id: 2139,
    name: 'Phishing against R&D <all>',
    severity_code: 'High',
    plan_status: 'A',
    create_date: 1763688203441,
    description: { format: 'html', content: '<div>A <b>mail</b> came.</div><div>Two</div>' },
  },
  artifacts: [{ value: 'https://evil.example/?a=1&copy=<x>', type: 'URL', description: null }],
  notes: [
    {
      text: '<div>First</div>',
      user_name: 'Ann',
      create_date: 1763690400000,
      children: [{ text: 'Reply', user_name: 'Bob' }],
    },
  ],
  links: { baseUrl: 'https://soar.example.com:443', orgId: 201 },
}
const go = (request: MailRequest) => render({})(request, {})

describe('incident-summary', () => {
  it('shows the incident in HTML and in text', async () => {
    const { html, text, subject, warnings } = await go({
      template: 'incident-summary',
      incident: file,
      tlp: 'amber+strict',
    })
    expect(subject).toBe('[2139] Phishing against R&D <all>')
    expect(warnings).toEqual([])
    const shown = load(html ?? '')('body').text()
    for (const content of [shown, text]) {
      for (const word of [
        '2139',
        'R&D <all>',
        'High',
        'Active',
        'Nov 21, 2025, 01:23 UTC',
        'hxxps://evil[.]example/?a=1&copy=<x>',
        'URL',
        'First',
        'Reply',
        'Ann',
        'TLP:AMBER+STRICT',
      ]) {
        expect(content).toContain(word)
      }
    }
    expect(text).toContain('A mail came.\nTwo')
    expect(text).toContain('https://soar.example.com:443/#incidents/2139?orgId=201')
    expect(load(html ?? '')('a').attr('href')).toBe('https://soar.example.com:443/#incidents/2139?orgId=201')
  })

  it('has a language, and a logo that travels inside the mail', async () => {
    const { html } = await go({ template: 'incident-summary', incident: file, locale: 'de' })
    const $ = load(html ?? '')
    expect($('html').attr('lang')).toBe('de')
    expect($('img').length).toBe(1)
    expect($('img').attr('alt')).toBeDefined()
    expect($('img').attr('src')).toMatch(/^data:image\/png;base64,/)
  })

  it('does without anything but a name', async () => {
    const { html, text, subject, warnings } = await go({
      template: 'incident-summary',
      incident: { name: 'Alone' },
    })
    expect(subject).toBe('Alone')
    expect(warnings).toEqual([])
    expect(text).not.toMatch(/undefined|None|null|ARTIFACTS|NOTES|TLP/)
    expect(load(html ?? '')('body').text()).not.toMatch(/undefined|None|null|Artifacts|Notes|TLP/)
    expect(load(html ?? '')('a').length).toBe(0)
  })

  it('keeps hostile text where it belongs', async () => {
    const hostile =
      '</td></tr></table><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">x</a>'
    const { html } = await go({
      template: 'incident-summary',
      incident: {
        incident: {
          id: hostile,
          name: hostile,
          severity_code: hostile,
          plan_status: hostile,
          description: hostile,
          owner_id: hostile,
          incident_type_ids: [hostile],
        },
        artifacts: [{ value: hostile, type: hostile, description: hostile }],
        notes: [{ text: hostile, user_name: hostile, create_date: 1, children: [] }],
        links: file.links,
      },
    })
    const $ = load(html ?? '')
    expect($('script, [onerror]').length).toBe(0)
    expect($('img').length).toBe(1)
    for (const link of $('a[href]').toArray()) expect($(link).attr('href')).toMatch(/^https:/)
    const harmless = load((await go({ template: 'incident-summary', incident: file })).html ?? '')
    expect($('body').children().length).toBe(harmless('body').children().length)
  })
})

describe('test-message', () => {
  it('says in plain text that the settings work', async () => {
    const { html, text, subject } = await go({ template: 'test-message' })
    expect(html).toBeNull()
    expect(subject).toBe('Test message from incident-mailer')
    expect(text).toContain('they are working')
  })
})
