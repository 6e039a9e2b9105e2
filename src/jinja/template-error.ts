/** Where in which template something is: both counted from one, null where it is not known. */
export interface TemplateLocation {
  readonly template: string
  readonly line: number | null
  readonly column: number | null
}

/** What an error knows beside its message. */
interface TemplateErrorDetails {
  /** `undefined` where a variable is missing and the render is strict; `missing` where a template file is. */
  readonly kind?: 'error' | 'undefined' | 'missing'
  readonly location?: TemplateLocation
  /** A name that nothing has, and the names there are. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] }
  readonly cause?: unknown
}

/** A template that cannot be read, compiled or rendered. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly kind: 'error' | 'undefined' | 'missing'
  readonly location: TemplateLocation | null
  readonly unknown: { readonly name: string; readonly known: readonly string[] } | null

  constructor(message: string, details: TemplateErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = details.kind ?? 'error'
    this.location = details.location ?? null
    this.unknown = details.unknown ?? null
  }
}

/** The error with a place: its own where it has one, else the given. */
export function locate(thrown: unknown, template: string, line: number | null, column: number | null) {
  if (thrown instanceof TemplateError && thrown.location) return thrown
  const location = { template, line, column }
  if (thrown instanceof TemplateError) {
    const { message, kind, unknown, cause } = thrown
    return new TemplateError(message, { kind, location, cause, ...(unknown && { unknown }) })
  }
  return new TemplateError(describe(thrown), { location, cause: thrown })
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  if (thrown instanceof RangeError && /call stack/.test(thrown.message)) return 'nested too deeply'
  return thrown.message
}
