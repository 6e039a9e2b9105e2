const formats = new Map<string, Intl.DateTimeFormat>()

/** Jobs name few locales and zones; one that names thousands must not fill the memory. */
const kept = 200

/** A date format of Intl's. Making one costs more than a hundred uses, so they are kept. */
export function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options])
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(locale, options)
  if (formats.size >= kept) formats.clear()
  formats.set(key, made)
  return made
}
