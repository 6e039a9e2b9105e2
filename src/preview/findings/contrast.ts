import { contrast } from '../../render/contrast.js'
import type { MailDocument } from '../mail-document.js'
import { hexColor } from './colors.js'
import { type Finding, shown } from './finding.js'

/**
 * Text that is hard to read on its background (WCAG 2.2, success criterion 1.4.3). Colours are those of inline styles
 * and attributes, which is where mails have them; what stands on an image is left out.
 */
export function contrastFindings($: MailDocument): Finding[] {
  const findings = new Map<string, Finding>()

  function visit(element: Tag, around: Look): void {
    const look = lookOf(element, around)
    if (look === null) return
    const text = shown(element.contents().filter(isText).text(), 40)
    if (text !== '' && look.background !== null && look.color !== null) {
      const ratio = contrast(look.color, look.background)
      const wanted = look.large ? 3 : 4.5
      if (ratio < wanted) {
        const key = `${look.color} ${look.background}`
        const message = `"${text}" is hard to read: ${look.color} on ${look.background} has a contrast of ${ratio.toFixed(1)}, and needs ${wanted}`
        if (!findings.has(key)) findings.set(key, { code: 'LOW_CONTRAST', level: 'warning', message })
      }
    }
    for (const child of element.children().toArray()) visit($(child), look)
  }

  visit($('body'), { color: '#000000', background: '#ffffff', large: false })
  return [...findings.values()]
}

type Tag = ReturnType<MailDocument>

interface Look {
  /** Null where it is not known. */
  readonly color: string | null
  readonly background: string | null
  readonly large: boolean
}

/** How an element looks, or null where it is not seen. */
function lookOf(element: Tag, around: Look): Look | null {
  const style = declarations(element.attr('style') ?? '')
  const name = element.prop('tagName')?.toLowerCase() ?? ''
  if (['style', 'script', 'title', 'head'].includes(name)) return null
  if (style.get('display') === 'none' || style.get('visibility') === 'hidden') return null
  if (/^0(?:px)?$/.test(style.get('font-size') ?? '') || style.get('opacity') === '0') return null
  const link = name === 'a' && element.attr('href') !== undefined
  const written =
    style.get('color') ?? element.attr('color') ?? (name === 'body' ? element.attr('text') : undefined)
  const color =
    written === undefined
      ? link
        ? LINK
        : around.color
      : written === 'inherit'
        ? around.color
        : hexColor(written)
  return { color, background: backgroundOf(element, style, around), large: isLarge(name, style, around) }
}

function backgroundOf(element: Tag, style: ReadonlyMap<string, string>, around: Look): string | null {
  const image = style.get('background-image') ?? element.attr('background')
  if (image !== undefined && image !== 'none') return null
  const written = style.get('background-color') ?? style.get('background') ?? element.attr('bgcolor')
  if (written === undefined || /^(?:transparent|none|inherit)$/.test(written)) return around.background
  return hexColor(written)
}

/** At least 18 points, or 14 in bold. */
function isLarge(name: string, style: ReadonlyMap<string, string>, around: Look): boolean {
  const [, size, unit] = /^([\d.]+)(px|pt)$/.exec(style.get('font-size') ?? '') ?? []
  const bold =
    /^(?:bold|[6-9]00)$/.test(style.get('font-weight') ?? '') || /^(?:h[1-6]|b|strong|th)$/.test(name)
  if (size === undefined) return around.large || name === 'h1'
  const points = unit === 'pt' ? Number(size) : Number(size) * 0.75
  return points >= (bold ? 14 : 18)
}

/** What a `style` attribute sets, in lower case. */
export function declarations(style: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const declaration of style.split(';')) {
    const colon = declaration.indexOf(':')
    if (colon < 1) continue
    const value = declaration.slice(colon + 1).replace(/!important/i, '')
    found.set(declaration.slice(0, colon).trim().toLowerCase(), value.trim().toLowerCase())
  }
  return found
}

function isText(_index: number, node: { readonly type: string }): boolean {
  return node.type === 'text'
}

const LINK = '#0000ee'
