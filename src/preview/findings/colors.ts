/** A colour of CSS as six hexadecimal digits, or null where it is of another kind. */
export function hexColor(text: string | undefined): string | null {
  const color = text?.trim().toLowerCase() ?? ''
  if (/^#[\da-f]{6}$/.test(color)) return color
  if (/^#[\da-f]{3}$/.test(color)) return `#${[...color.slice(1)].map((digit) => digit + digit).join('')}`
  const rgb = /^rgb\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*\)$/.exec(color)
  if (rgb) {
    const channels = rgb
      .slice(1)
      .map((channel) => Math.min(255, Number(channel)).toString(16).padStart(2, '0'))
    return `#${channels.join('')}`
  }
  return NAMED[color] ?? null
}

/** Those that people write by name. */
const NAMED: Readonly<Record<string, string>> = {
  black: '#000000',
  blue: '#0000ff',
  gray: '#808080',
  green: '#008000',
  grey: '#808080',
  lightgray: '#d3d3d3',
  lightgrey: '#d3d3d3',
  maroon: '#800000',
  navy: '#000080',
  orange: '#ffa500',
  purple: '#800080',
  red: '#ff0000',
  silver: '#c0c0c0',
  teal: '#008080',
  white: '#ffffff',
  yellow: '#ffff00',
}
