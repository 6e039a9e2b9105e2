import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nearest } from '../nearest.js'
import { quoted } from '../quoted.js'
import { builtInFolder } from './find-template.js'

/** One text, or its forms by plural category (`one`, `other`, ...), chosen by the value `count`. */
export type Message = string | Readonly<Record<string, string>>

/** The texts of the built-in mails in one language, by key. */
export interface Catalogue {
  /** A BCP 47 tag: what the mail's `lang` says, and whose plurals count. */
  readonly language: string
  readonly messages: ReadonlyMap<string, Message>
}

/** The folder of the catalogues, one file a language. */
export const catalogueFolder = join(builtInFolder, '_messages')

const fallback = 'en'
const catalogues = new Map<string, Catalogue>()

/** The catalogue of a locale: `de-CH` takes that of `de-CH`, else of `de`, else the English one. */
export function catalogueOf(locale: string): Catalogue {
  const languages = catalogueLanguages()
  const parts = locale.split('-')
  // Compared with what is there, so that a locale is never a path.
  const found = parts
    .map((_, cut) =>
      parts
        .slice(0, parts.length - cut)
        .join('-')
        .toLowerCase(),
    )
    .map((tag) => languages.find((language) => language.toLowerCase() === tag))
    .find((language) => language !== undefined)
  return read(found ?? fallback)
}

let languages: readonly string[] | undefined

/** The languages there are catalogues of. They come with the package, so that one look is enough. */
export function catalogueLanguages(): readonly string[] {
  languages ??= readdirSync(catalogueFolder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
  return languages
}

function read(language: string): Catalogue {
  const known = catalogues.get(language)
  if (known) return known
  const messages: Record<string, Message> = JSON.parse(
    readFileSync(join(catalogueFolder, `${language}.json`), 'utf8'),
  )
  const made = { language, messages: new Map(Object.entries(messages)) }
  catalogues.set(language, made)
  return made
}

/**
 * The text of a key in the language of a locale, in English where that language has none. Values stand in it
 * as `{name}`.
 */
export function message(key: string, values: Readonly<Record<string, unknown>>, locale: string): string {
  const catalogue = [catalogueOf(locale), read(fallback)].find(({ messages }) => messages.has(key))
  const found = catalogue?.messages.get(key)
  if (catalogue === undefined || found === undefined) throw unknown(key)
  const text = typeof found === 'string' ? found : plural(found, values.count, catalogue.language)
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

function plural(forms: Readonly<Record<string, string>>, count: unknown, language: string): string {
  const category = new Intl.PluralRules(language).select(Number(count))
  return forms[category] ?? forms.other ?? ''
}

function unknown(key: string): Error {
  const near = nearest(key, [...read(fallback).messages.keys()])
  return new Error(`there is no message ${quoted(key)}${near === undefined ? '' : `; did you mean ${near}?`}`)
}
