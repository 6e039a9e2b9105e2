import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  catalogueFolder,
  catalogueLanguages,
  catalogueOf,
  type Message,
  message,
} from '../../src/render/catalogue.js'
import { builtInFolder } from '../../src/render/find-template.js'

const languages = catalogueLanguages()
const catalogues = new Map<string, Record<string, Message>>(
  languages.map((language) => [
    language,
    JSON.parse(readFileSync(join(catalogueFolder, `${language}.json`), 'utf8')),
  ]),
)
const english = catalogues.get('en') ?? {}
const sources = readdirSync(builtInFolder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.njk'))
  .map((file) => readFileSync(join(builtInFolder, file), 'utf8'))
  .join('\n')
const used = new Set([...sources.matchAll(/'([a-z_]+)'\s*\|\s*t\b/g)].map(([, key = '']) => key))
const prefixes = [...sources.matchAll(/\('([a-z_]+)' ~ [^\n]*?\)\) \| t\b/g)].map(([, key = '']) => key)

describe('the message catalogues', () => {
  it('are there in English and German', () => {
    expect(languages).toEqual(expect.arrayContaining(['de', 'en']))
  })

  it.each(languages)('%s has every key, and no other', (language) => {
    expect(Object.keys(catalogues.get(language) ?? {}).sort()).toEqual(Object.keys(english).sort())
  })

  it.each(languages)('%s names the same values in every text', (language) => {
    const values = (text: Message | undefined) =>
      [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort()
    for (const [key, text] of Object.entries(catalogues.get(language) ?? {})) {
      expect([key, values(text)]).toEqual([key, values(english[key])])
    }
  })

  it('have every key that a template uses', () => {
    expect(used.size).toBeGreaterThan(50)
    expect([...used].filter((key) => !(key in english))).toEqual([])
    expect(prefixes).toEqual(['tlp_', 'tlp_'])
    for (const label of ['red', 'amber', 'amber_strict', 'green', 'clear'])
      expect(english).toHaveProperty(`tlp_${label}`)
  })

  it('have no key that none uses', () => {
    const idle = Object.keys(english).filter((key) => !used.has(key) && !key.startsWith('tlp_'))
    expect(idle).toEqual([])
  })

  it.each(languages)('%s has labels short enough for the columns of the text twins', (language) => {
    const labels = [...sources.matchAll(/fact\('([a-z_]+)'/g)].map(([, key = '']) => key)
    const texts = labels.map((key) => catalogues.get(language)?.[key])
    expect(texts.filter((text) => String(text).length > 21)).toEqual([])
  })
})

describe('message', () => {
  it.each([
    ['de', 'Offen'],
    ['de-CH', 'Offen'],
    ['DE-ch-1996', 'Offen'],
    ['en-GB', 'Active'],
    ['fr', 'Active'],
    ['../../etc/passwd', 'Active'],
  ])('is found for %s, in English where the language has no catalogue', (locale, text) => {
    expect(message('status_active', {}, locale)).toBe(text)
  })

  it('counts, and fills values in', () => {
    expect(message('indicators_found', { count: 1 }, 'en')).toBe('1 indicator so far.')
    expect(message('indicators_found', { count: 2 }, 'de')).toBe('Bisher 2 Indikatoren.')
    expect(message('re', { subject: '{id} $& x' }, 'en')).toBe('Re: {id} $& x')
  })

  it('that does not exist is an error that names the nearest', () => {
    expect(() => message('severty', {}, 'en')).toThrow(/no message "severty"; did you mean severity\?/)
    expect(() => message('constructor', {}, 'en')).toThrow(/no message "constructor"/)
  })

  it('says in which language it is', () => {
    expect(catalogueOf('de-AT').language).toBe('de')
    expect(catalogueOf('fr').language).toBe('en')
  })
})
