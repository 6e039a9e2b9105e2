import type { BlockedContent } from './facts.js'
import { type MailDocument, readDocument } from './mail-document.js'

/** What HTML would load or run, were it let: each thing once, in the order of its kind. */
export function blockedContent(html: string): BlockedContent[] {
  const $ = readDocument(html)
  const all = [
    ...of($, 'script', 'script', (tag) => tag.attr('src') ?? tag.text()),
    ...handlers($),
    ...remote($),
    ...of($, 'frame', ACTIVE, (tag) => tag.attr('src') ?? tag.attr('data') ?? `<${tag.prop('tagName')}>`),
    ...of($, 'form', 'form', (tag) => tag.attr('action') ?? '<form>'),
    ...of($, 'refresh', 'meta[http-equiv="refresh" i]', (tag) => tag.attr('content') ?? ''),
    ...of($, 'link', 'a[href], area[href]', (tag) => {
      const href = tag.attr('href') ?? ''
      return /^\s*(?:javascript|vbscript|data|file):/i.test(href) ? href : ''
    }),
  ]
  const seen = new Set<string>()
  return all.filter(({ kind, what }) => {
    const key = `${kind} ${what}`
    return what !== '' && !seen.has(key) && seen.add(key)
  })
}

/** Elements that bring another document into this one. */
const ACTIVE = 'iframe, frame, object, embed, applet, portal, fencedframe'

type Tag = ReturnType<MailDocument>

function of(
  $: MailDocument,
  kind: BlockedContent['kind'],
  selector: string,
  what: (tag: Tag) => string,
): BlockedContent[] {
  return $(selector)
    .toArray()
    .map((element) => ({ kind, what: short(what($(element))) }))
}

function handlers($: MailDocument): BlockedContent[] {
  return $('*')
    .toArray()
    .flatMap((element) =>
      Object.entries($(element).attr() ?? {})
        .filter(([name]) => /^on/i.test(name))
        .map(([name, value]) => ({ kind: 'handler' as const, what: short(`${name}="${value}"`) })),
    )
}

function remote($: MailDocument): BlockedContent[] {
  const addresses = $('*')
    .toArray()
    .flatMap((element) => {
      const tag = $(element)
      const name = tag.prop('tagName')?.toLowerCase() ?? ''
      const attributes = name === 'a' || name === 'area' || name === 'base' ? [] : LOADING
      const named = attributes.map((attribute) => tag.attr(attribute) ?? '')
      const inSet = (tag.attr('srcset') ?? '').split(',').map((each) => each.trim().split(/\s/)[0] ?? '')
      const inStyle = styleAddresses(`${tag.attr('style') ?? ''} ${name === 'style' ? tag.text() : ''}`)
      return [...named, ...inSet, ...inStyle]
    })
  return addresses
    .filter((address) => /^\s*(?:https?:|ftp:|\/\/)/i.test(address))
    .map((address) => ({ kind: 'remote', what: short(address) }))
}

/** Attributes that name something to be loaded. */
const LOADING = ['src', 'background', 'poster', 'data', 'href', 'xlink:href', 'lowsrc', 'dynsrc']

function styleAddresses(style: string): string[] {
  const found = style.matchAll(/url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)/gi)
  return [...found].map(([, url, imported]) => url ?? imported ?? '')
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 160 ? `${line.slice(0, 159)}…` : line
}
