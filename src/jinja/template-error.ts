/** Where in which template something is: both counted from one, null where it is not known. */
export interface TemplateLocation {
  readonly template: string
  readonly line: number | null
  readonly column: number | null
}

/** A place that is known. */
export interface Place extends TemplateLocation {
  readonly line: number
  readonly column: number
}

/** A place of a template as the generated code knows it: an undefined value that is printed there has a name. */
export interface NamedPlace extends Place {
  readonly name: string
}

/**
 * What went wrong: the template cannot be read (`syntax`) or rendered (`error`), a variable is missing and the
 * render is strict (`undefined`), a template file is missing (`missing`), or a bound was reached (`source`, `steps`,
 * `output`, `nesting`, `time`).
 */
export type TemplateErrorKind =
  | 'error'
  | 'syntax'
  | 'undefined'
  | 'missing'
  | 'source'
  | 'steps'
  | 'output'
  | 'nesting'
  | 'time'

/** What an error knows beside its message. */
interface TemplateErrorDetails {
  readonly kind?: TemplateErrorKind
  readonly location?: TemplateLocation
  /** A name that nothing has, and the names there are. */
  readonly unknown?: { readonly name: string; readonly known: readonly string[] }
  readonly cause?: unknown
}

/** A template that cannot be read, compiled or rendered. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly kind: TemplateErrorKind
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
export function locate(thrown: unknown, location: TemplateLocation): TemplateError {
  if (thrown instanceof TemplateError && thrown.location) return thrown
  if (thrown instanceof TemplateError) {
    const { message, kind, unknown, cause } = thrown
    return new TemplateError(message, { kind, location, cause, ...(unknown && { unknown }) })
  }
  if (thrown instanceof RangeError && /call stack/.test(thrown.message)) {
    return new TemplateError('nested too deeply', { kind: 'nesting', location })
  }
  if (thrown instanceof RangeError && /string length/.test(thrown.message)) {
    return new TemplateError('the text grows too long', { kind: 'output', location })
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new TemplateError(message, { location, cause: thrown })
}
