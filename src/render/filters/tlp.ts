import { quoted } from '../../quoted.js'
import { SafeHtml } from './safe-html.js'

/** The colours of the labels on black, as TLP 2.0 (FIRST, 2022) has them. */
const colours: Readonly<Record<string, string>> = {
  RED: '#ff2b2b',
  AMBER: '#ffc000',
  'AMBER+STRICT': '#ffc000',
  GREEN: '#33ff00',
  CLEAR: '#ffffff',
}

/**
 * The label of the Traffic Light Protocol, version 2.0: `TLP:AMBER+STRICT`, in HTML with its colours. What
 * version 1.0 called WHITE is CLEAR.
 */
export function tlp(label: string, html: boolean): string | SafeHtml {
  const name = label
    .trim()
    .toUpperCase()
    .replace(/^TLP:/, '')
    .replace(/^WHITE$/, 'CLEAR')
    .replace(/^AMBER[ _-]STRICT$/, 'AMBER+STRICT')
  const colour = Object.hasOwn(colours, name) ? colours[name] : undefined
  if (colour === undefined) {
    throw new Error(`tlp knows ${Object.keys(colours).join(', ').toLowerCase()}, not ${quoted(label)}`)
  }
  if (!html) return `TLP:${name}`
  const style = `display: inline-block; padding: 3px 8px; background-color: #000000; color: ${colour}; font-size: 12px; line-height: 16px; font-weight: 700`
  return new SafeHtml(`<span style="${style}">TLP:${name}</span>`)
}
