import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageFolder } from '../../package-folder.js'
import type { MailDocument } from '../mail-document.js'
import { declarations } from './contrast.js'
import type { Finding } from './finding.js'

/** What mail programs do not support: by `css-display-flex`, `html-video` and the like, their names. */
type ClientSupport = Readonly<Record<string, readonly string[]>>

let loading: Promise<ClientSupport> | undefined

/** What some mail programs would not show, by the data of caniemail.com (`scripts/mail-clients.mjs`). */
export async function clientFindings($: MailDocument): Promise<Finding[]> {
  loading ??= readFile(join(packageFolder, 'preview/mail-clients.json'), 'utf8').then(JSON.parse)
  const support = await loading
  return [...featuresOf($)].sort().flatMap((feature) => {
    const without = Object.hasOwn(support, feature) ? (support[feature] ?? []) : []
    const message = `${nameOf(feature)} is not supported by ${without.join(', ')}`
    return without.length === 0 ? [] : [{ code: 'CLIENT_SUPPORT' as const, level: 'note' as const, message }]
  })
}

/** The elements, properties and values that HTML uses, as the data names them. */
function featuresOf($: MailDocument): Set<string> {
  const features = new Set<string>()
  const addStyle = (style: string) => {
    for (const [property, value] of declarations(style)) {
      features.add(`css-${property}`)
      if (property === 'display') features.add(`css-display-${value}`)
      if (/\bvar\(/.test(value)) features.add('css-variables')
      for (const [, kind] of value.matchAll(/\b(linear|radial|conic)-gradient\(/g))
        features.add(`css-${kind}-gradient`)
    }
  }
  for (const element of $('*').toArray()) {
    const tag = $(element)
    const name = tag.prop('tagName')?.toLowerCase() ?? ''
    // Every document has them, written or not.
    if (!['html', 'head', 'body'].includes(name)) features.add(`html-${name}`)
    if (tag.attr('srcset') !== undefined) features.add('html-srcset')
    addStyle(tag.attr('style') ?? '')
  }
  for (const [, block = ''] of $('style')
    .text()
    .matchAll(/\{([^{}]*)\}/g))
    addStyle(block)
  for (const [, rule] of $('style')
    .text()
    .matchAll(/@(font-face|import|keyframes|supports)\b/g)) {
    features.add(`css-at-${rule}`)
  }
  return features
}

function nameOf(feature: string): string {
  const [kind, ...words] = feature.split('-')
  const name = words.join('-')
  if (kind === 'html') return name === 'srcset' ? 'the attribute srcset' : `<${name}>`
  if (name.startsWith('at-')) return `@${name.slice(3)}`
  return name.startsWith('display-') ? `display: ${name.slice(8)}` : name
}
