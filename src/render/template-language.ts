import type { RenderBounds } from '../jinja/limits.js'
import { TemplateError } from '../jinja/template-error.js'
import { fromData } from '../jinja/values/data.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import { quoted } from '../quoted.js'
import type { TemplateFilter, TemplateTag, TemplateTest } from './filters/host-parts.js'

/** What templates know beside what is built in, and how much one of them may use. */
export interface TemplateLanguage {
  /**
   * Filters of your own for templates, by name: `{{ value | name(argument) }}`. One of the same name wins over
   * a built-in one. Default: the built-in ones alone.
   */
  readonly filters?: Readonly<Record<string, TemplateFilter>>
  /** Tests of your own, by name: `{% if value is name(argument) %}`. Default: the built-in ones alone. */
  readonly tests?: Readonly<Record<string, TemplateTest>>
  /**
   * Functions and data of your own that every template knows by name; functions are called as filters are.
   * A mail's own variables, such as `incident`, win over them. Default: the built-in ones alone.
   */
  readonly globals?: Readonly<Record<string, unknown>>
  /** Tags of your own, by name: `{% name argument, key=argument %}`. Default: the built-in ones alone. */
  readonly tags?: Readonly<Record<string, TemplateTag>>
  /** What one template may use before it is stopped. Default: far more than any mail needs. */
  readonly templateLimits?: RenderBounds
}

/**
 * Refuses what templates could never use, or would fail with in the middle of a mail.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`, naming the option
 */
export function checkTemplateLanguage({
  filters,
  tests,
  globals,
  tags,
  templateLimits,
}: TemplateLanguage): void {
  checkEach('filters', filters, checkFunction)
  checkEach('tests', tests, checkFunction)
  checkEach('globals', globals, checkGlobal)
  checkEach('tags', tags, checkTag)
  if (templateLimits === undefined) return
  refuseUnknownOptions(templateLimits, LIMITS, 'templateLimits')
  for (const [name, value] of Object.entries(templateLimits)) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue
    throw invalidOption(
      `templateLimits.${name}`,
      `templateLimits.${name} must be a whole number, from 1 upwards`,
    )
  }
}

const LIMITS: Record<keyof RenderBounds, true> = { steps: true, output: true, nesting: true, time: true }
const TAG: Record<keyof TemplateTag, true> = { body: true, render: true }

function checkEach(option: string, parts: unknown, check: (field: string, value: unknown) => void): void {
  if (parts === undefined) return
  if (typeof parts !== 'object' || parts === null || Array.isArray(parts)) {
    throw invalidOption(option, `${option} must be an object, from names to what they stand for`)
  }
  for (const [name, value] of Object.entries(parts)) {
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) {
      throw invalidOption(
        option,
        `${option}: templates cannot use the name ${quoted(name)}; letters, digits and _ make one`,
      )
    }
    check(`${option}.${name}`, value)
  }
}

function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidOption(field, `${field} must be a function`)
}

function checkGlobal(field: string, value: unknown): void {
  if (typeof value === 'function') return
  try {
    fromData(value)
  } catch (cause) {
    if (cause instanceof TemplateError) throw invalidOption(field, `${field}: its ${cause.message}`)
    throw cause
  }
}

function checkTag(field: string, value: unknown): void {
  refuseUnknownOptions(value, TAG, field)
  const { body, render } = Object(value) as Partial<Record<keyof TemplateTag, unknown>>
  checkFunction(`${field}.render`, render)
  if (body === undefined || typeof body === 'boolean') return
  throw invalidOption(`${field}.body`, `${field}.body must be true or false`)
}
