/** A colour as six hexadecimal digits: `#175cd3`. */
type Color = string

/** How far two colours stand apart, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Color, other: Color): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

/** White where that can be read on a background, else black, which then can. */
export function textOn(background: Color): Color {
  return contrast('#ffffff', background) >= 4.5 ? '#ffffff' : '#000000'
}

/** The colour itself, or the nearest darker or lighter one, that text on that background can have. */
export function readableOn(background: Color, color: Color): Color {
  const goal = luminance(background) > 0.18 ? 0 : 255
  for (let part = 0; part <= 1; part += 0.05) {
    const mixed = channels(color).map((channel) => Math.round(channel + (goal - channel) * part))
    const candidate = `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
    // A little more than the 4.5 of success criterion 1.4.3, for the shades beside it.
    if (contrast(candidate, background) >= 4.7) return candidate
  }
  return goal === 0 ? '#000000' : '#ffffff'
}

function luminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function channels(color: Color): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16))
}
