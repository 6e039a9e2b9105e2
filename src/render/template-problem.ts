import type { ErrorCode } from '../error-codes.js'
import { IncidentMailerError } from '../errors.js'
import type { UndefinedVariable } from '../jinja/environment.js'
import { TemplateError, type TemplateErrorKind } from '../jinja/template-error.js'
import type { Warning } from '../mail.js'
import { nearest } from '../nearest.js'

const codes: Readonly<Record<TemplateErrorKind, ErrorCode>> = {
  error: 'TEMPLATE_ERROR',
  syntax: 'TEMPLATE_ERROR',
  missing: 'TEMPLATE_ERROR',
  undefined: 'UNDEFINED_VARIABLE',
  source: 'TEMPLATE_SOURCE_EXCEEDED',
  steps: 'TEMPLATE_STEPS_EXCEEDED',
  output: 'TEMPLATE_OUTPUT_EXCEEDED',
  nesting: 'TEMPLATE_NESTING_EXCEEDED',
  time: 'TEMPLATE_TIME_EXCEEDED',
}

/** Runs template work; its errors come out as ours, naming the template, the place and the request's field. */
export function inTemplate<T>(field: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof TemplateError) throw problem(thrown, field)
    throw thrown
  }
}

function problem(error: TemplateError, field: string): IncidentMailerError {
  const { template, line, column } = error.location ?? {}
  const place = template === undefined ? '' : `${where(template, line ?? null, column ?? null)}: `
  const meant = error.unknown && nearest(error.unknown.name, error.unknown.known)
  const hint = meant === undefined || meant === null ? '' : `; did you mean ${meant}?`
  const message = `${place}${readable(error.message)}${hint}`
  return new IncidentMailerError(codes[error.kind], message, { field, cause: error })
}

/** One warning a variable, however often and in however many parts of the template it is missing. */
export function undefinedWarnings(variables: readonly UndefinedVariable[]): Warning[] {
  const first = new Map<string, UndefinedVariable>()
  for (const variable of variables) if (!first.has(variable.name)) first.set(variable.name, variable)
  return [...first.values()].map(({ name, template, line, column }) => ({
    code: 'UNDEFINED_VARIABLE',
    message: `${where(template, line, column)}: ${readable(name)} is undefined and prints nothing`,
  }))
}

function where(template: string, line: number | null, column: number | null): string {
  if (line === null) return template
  return `${template}, line ${line}${column === null ? '' : `, column ${column}`}`
}

/** What others wrote may be quoted in the message. */
function readable(text: string): string {
  return text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, ' ').slice(0, 300)
}
