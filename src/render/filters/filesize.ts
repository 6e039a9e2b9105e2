const decimal = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const
const binary = ['byte', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/**
 * A number of bytes as people read it, in words of the locale: `1.4 MB`, with `binary` `1.3 MiB`.
 */
export function filesize(bytes: number, locale: string, binaryUnits: boolean): string {
  const base = binaryUnits ? 1024 : 1000
  let size = Math.abs(bytes)
  let step = 0
  // 999,950 bytes would be printed as 1,000 kB.
  while (step < decimal.length - 1 && (step === 0 ? size >= base : size >= base - 0.05)) {
    size /= base
    step++
  }
  const signed = bytes < 0 ? -size : size
  const digits = { maximumFractionDigits: step === 0 ? 0 : 1 }
  if (binaryUnits && step > 0)
    return `${new Intl.NumberFormat(locale, digits).format(signed)} ${binary[step]}`
  return new Intl.NumberFormat(locale, {
    ...digits,
    style: 'unit',
    unit: decimal[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
  }).format(signed)
}
