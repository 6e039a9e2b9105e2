import { caniemail } from 'caniemail'
import { HtmlValidate, StaticConfigLoader } from 'html-validate'
import { describe, expect, it } from 'vitest'
import { labels, mail } from './mails.js'

/** Rules of the validator that mail programs leave no choice about. */
const off = {
  // Outlook lays out by attributes and knows conditional comments; Gmail cuts style sheets out of forwarded mail.
  'no-deprecated-attr': 'off',
  'no-inline-style': 'off',
  'no-conditional-comment': 'off',
  // Layout tables have one row or two: a tbody tells nobody anything.
  'prefer-tbody': 'off',
  // The title is the name of an incident, which people choose.
  'long-title': 'off',
} as const

const validator = new HtmlValidate(
  new StaticConfigLoader([], { root: true, extends: ['html-validate:recommended'], rules: off }),
)

/**
 * What some of the big programs do not support, and why that does no harm there. Microsoft retired Windows Mail
 * in 2024, so it is not among them.
 */
const allowed: Readonly<Record<string, string>> = {
  '@media': 'dark colours and the margins of a phone are extras; the inline styles stand without them',
  '<style> element': 'likewise: nothing is laid out by the style sheet alone',
  'Class selector': 'likewise, as every selector of it',
  'Descendant combinator': 'likewise',
  'Type selector': 'likewise',
  '<body> element': 'its background and margins stand on the outermost table too',
  'display:none': 'the preheader is also one pixel high, and has the colour of the page',
}

const clients = [
  'gmail.*',
  'outlook.windows',
  'outlook.macos',
  'outlook.ios',
  'outlook.android',
  'apple-mail.*',
] as const

describe.each(labels.filter((label) => label !== 'test-message'))('%s', (label) => {
  it.each(['en', 'de'])('is valid HTML in %s', async (locale) => {
    const { html } = await mail(label, { tlp: 'amber+strict', locale })
    const { results } = await validator.validateString(html ?? '')
    const problems = results.flatMap(({ messages }) =>
      messages.map(({ ruleId, message, line }) => `${ruleId}, line ${line}: ${message}`),
    )
    expect(problems).toEqual([])
  })

  it('uses what Gmail, Outlook and Apple Mail support', async () => {
    const { html } = await mail(label, { tlp: 'amber+strict' })
    const { issues } = caniemail({ clients: [...clients], html: html ?? '' })
    const problems = [...issues.errors].flatMap(([client, features]) =>
      features.filter(({ title }) => !(title in allowed)).map(({ title }) => `${client}: ${title}`),
    )
    expect(problems).toEqual([])
  })

  it('is below the 102 kB at which Gmail cuts a mail, without the logo', async () => {
    const { html } = await mail(label)
    expect((html ?? '').replace(/data:[^"]+/, 'cid:logo').length).toBeLessThan(60_000)
  })

  it('tells screen readers what is layout and what is data', async () => {
    const { load } = await import('cheerio')
    const $ = load((await mail(label)).html ?? '')
    expect($('html').attr('lang')).toBe('en')
    expect($('h1').length).toBeLessThanOrEqual(1)
    for (const table of $('table').toArray()) {
      const headed = $(table).children('tbody').children('tr').children('th[scope]').length > 0
      expect(headed ? undefined : 'presentation').toBe($(table).attr('role'))
    }
    for (const image of $('img').toArray()) expect($(image).attr('alt')).toBeDefined()
  })
})
