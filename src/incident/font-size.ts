import { pixels } from './css-length.js'

/** What browsers make of elements that have no style of their own (HTML, section 15.3). */
const factors: Readonly<Record<string, number>> = {
  big: 1.2,
  small: 0.83,
  sub: 0.83,
  sup: 0.83,
  h1: 2,
  h2: 1.5,
  h3: 1.17,
  h5: 0.83,
  h6: 0.67,
}

/** The text of a mail, in pixels, before rich text says anything else. */
export const normalFontSize = 16

/**
 * Whether text of this size can be read, and stays among its own lines. Elements inside of one another
 * multiply: each one alone may be harmless.
 */
export function isReadable(fontSize: number): boolean {
  return fontSize >= 7 && fontSize <= 40
}

/** The font size in an element with a style that was cleaned, in pixels, where that of its parent is known. */
export function fontSizeIn(element: string, style: string | undefined, parent: number): number {
  let size = parent * (factors[element] ?? 1)
  for (const [, property = '', value = ''] of (style ?? '').matchAll(/([\w-]+)\s*:([^;]*)/g)) {
    if (/^font(?:-size)?$/i.test(property)) size = sizeOf(value, parent) ?? size
  }
  return size
}

/** The size in a `font-size`, or in a `font`, where it stands before the line height and the family. */
function sizeOf(value: string, parent: number): number | null {
  if (/(?:^|\s)larger\b/i.test(value)) return parent * 1.2
  if (/(?:^|\s)smaller\b/i.test(value)) return parent / 1.2
  const length = /(?:^|\s)([\d.]+(?:%|[a-z]+))(?=\s|\/|$)/i.exec(value)?.[1]
  return length === undefined ? null : pixels(length, parent)
}
