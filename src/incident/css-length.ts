const units: Readonly<Record<string, number>> = {
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 9.6 / 2.54,
  q: 2.4 / 2.54,
  rem: 16,
}

/**
 * How many pixels a CSS length has (CSS Values and Units, section 6). What depends on the font goes by the
 * font size given; a number without a unit is one of pixels, as in old pages. Null for what is no length, is
 * below zero, or depends on the window.
 */
export function pixels(length: string, fontSize = 16): number | null {
  const [, number, unit = 'px'] = /^(\d{1,4}(?:\.\d{1,8})?|\.\d{1,8})(%|[a-z]{1,3})?$/i.exec(length) ?? []
  if (number === undefined) return null
  const relative: Readonly<Record<string, number>> = { em: 1, ex: 0.5, ch: 0.5, '%': 0.01 }
  const name = unit.toLowerCase()
  const own = relative[name]
  const factor = own === undefined ? units[name] : own * fontSize
  return factor === undefined ? null : Number(number) * factor
}
