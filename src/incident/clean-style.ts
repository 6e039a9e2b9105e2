const properties: ReadonlySet<string> = new Set(
  `background background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width
  border-collapse border-color border-left border-left-color border-left-style border-left-width border-radius
  border-right border-right-color border-right-style border-right-width border-spacing border-style border-top
  border-top-color border-top-style border-top-width border-width color direction font font-family font-size font-style
  font-variant font-weight letter-spacing line-height list-style list-style-type margin margin-bottom margin-left
  margin-right margin-top max-width min-width overflow-wrap padding padding-bottom padding-left padding-right padding-top
  tab-size text-align text-decoration text-indent text-transform vertical-align white-space width word-break word-spacing
  word-wrap`.split(/\s+/),
)

/** Words, numbers of four digits at most and not below zero, colours, quoted font names. */
const part =
  /[\s,/]+|!important\b|#[0-9a-f]{3,8}\b|(?:\d{1,4}(?:\.\d{1,4})?|\.\d{1,4})(?:%|[a-z]{1,4})?(?![\w.%])|[a-z][a-z-]{0,40}(?![\w(-])|rgba?\([\d\s,.%]{1,40}\)|'[\w -]{0,60}'|"[\w -]{0,60}"/iy

/**
 * The declarations of a style attribute that only dress what they stand on. Nothing that loads (`url()`),
 * runs (`expression()`), hides, or lays one thing over another. Null where nothing of it stays.
 */
export function cleanStyle(style: string): string | null {
  const declarations = style.split(';').filter((declaration) => declaration.trim() !== '')
  const kept = declarations.filter(isHarmless)
  if (kept.length === 0) return null
  return kept.length === declarations.length
    ? style
    : kept.map((declaration) => declaration.trim()).join('; ')
}

function isHarmless(declaration: string): boolean {
  const colon = declaration.indexOf(':')
  const property = declaration.slice(0, colon).trim().toLowerCase()
  const value = declaration.slice(colon + 1).trim()
  return colon > 0 && properties.has(property) && value.length <= 300 && hasOnlyHarmlessParts(value)
}

function hasOnlyHarmlessParts(value: string): boolean {
  part.lastIndex = 0
  while (part.lastIndex < value.length) if (!part.test(value)) return false
  return value !== ''
}
