import { load } from 'cheerio'
import { contrast } from '../../src/render/contrast.js'

/** The colours that the style sheet gives to classes when it is dark. */
function darkColors(css: string): Map<string, { color?: string; background?: string }> {
  const dark = css.slice(css.indexOf('prefers-color-scheme: dark'))
  const found = new Map<string, { color?: string; background?: string }>()
  for (const [, names = '', body = ''] of dark.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    for (const name of names.split(',').map((each) => each.trim().replace(/^\./, ''))) {
      found.set(name, {
        color: /(?:^|[\s;])color:\s*(#[\da-f]{6})/i.exec(body)?.[1],
        background: /background-color:\s*(#[\da-f]{6})/i.exec(body)?.[1],
      })
    }
  }
  return found
}

/**
 * Texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, success criterion 1.4.3), light or dark,
 * as `light: #aaaaaa on #ffffff: the text`.
 */
export function unreadable(html: string): string[] {
  const $ = load(html)
  const dark = darkColors($('style').text())
  const problems = new Set<string>()
  for (const element of $('body *').toArray()) {
    const own = $(element)
      .contents()
      .toArray()
      .filter((node) => node.type === 'text')
      .map((node) => $(node).text())
    const text = own.join('').trim()
    const hidden = $(element).closest('[style*="display: none"]').length > 0
    if (text === '' || hidden) continue
    const line = [element, ...$(element).parents().toArray()].map((each) => $(each))
    for (const scheme of ['light', 'dark']) {
      const of = (property: 'color' | 'background') => {
        for (const each of line) {
          const classes = scheme === 'dark' ? (each.attr('class') ?? '').split(' ') : []
          const changed = classes
            .map((name) => dark.get(name)?.[property])
            .find((value) => value !== undefined)
          const name = property === 'color' ? 'color' : 'background-color'
          const inline = new RegExp(`(?:^|[\\s;])${name}:\\s*(#[\\da-f]{6})`, 'i').exec(
            each.attr('style') ?? '',
          )?.[1]
          if (changed ?? inline) return changed ?? inline ?? ''
        }
        return property === 'color' ? '#000000' : '#ffffff'
      }
      const [color, background] = [of('color'), of('background')]
      if (contrast(color.toLowerCase(), background.toLowerCase()) < 4.5) {
        problems.add(`${scheme}: ${color} on ${background}: ${text.slice(0, 40)}`)
      }
    }
  }
  return [...problems]
}
