import type { z } from 'zod'
import { formatJson } from '../json.js'
import { insteadOf } from '../nearest.js'

/** What is wrong with a document: where, and a sentence that says so. */
export interface Problem {
  /** `attachments[1].path`; null for the whole document. */
  readonly field: string | null
  /**
   * Follows the field's name: `must be a string`. Never quotes a value, which may be a secret, save a word that comes
   * near the one that was meant.
   */
  readonly sentence: string
}

/** The value, where it is what the schema says, or the first thing that is wrong with it. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { readonly data: T } | { readonly problem: Problem } {
  const result = parse(schema, value)
  if (result === null) return { problem: { field: null, sentence: 'is nested too deeply' } }
  if (result.success) return { data: result.data }
  const issue = mostTelling(result.error.issues)
  return { problem: issue ? problemOf(issue, []) : { field: null, sentence: 'is not valid' } }
}

/** Null where the value's depth, which an attacker may choose, is more than the stack bears. */
function parse<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> | null {
  try {
    return schema.safeParse(value, { error: sentenceOf })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** A setting as messages name it: with the variable that it is taken from, if it is. */
export function named(field: string, variable: string | undefined): string {
  return variable === undefined ? field : `${field} (${variable})`
}

/** A word from outside, harmless and short enough to stand in a message. */
export function quote(word: string): string {
  return formatJson(word.length > 80 ? `${word.slice(0, 79)}…` : word)
}

type Path = readonly PropertyKey[]

function problemOf(issue: z.core.$ZodIssue, outer: Path): Problem {
  const path = [...outer, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    return { field: fieldOf([...path, ...issue.keys.slice(0, 1)]), sentence: issue.message }
  }
  if (issue.code === 'invalid_key') {
    return { field: fieldOf(path), sentence: `${issue.issues[0]?.message ?? 'is no such key'}` }
  }
  if (issue.code === 'invalid_union' && !issue.message.startsWith(IS_MISSING)) {
    const meant = closestBranch(issue.errors)
    if (meant) return problemOf(meant, path)
    return { field: fieldOf(path), sentence: `must be ${either(issue.errors.flatMap(expectedOf))}` }
  }
  return { field: fieldOf(path), sentence: issue.message }
}

/** The first problem of the alternative that was most likely meant, where one of them has the right kind. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): z.core.$ZodIssue | undefined {
  const [closest, ...others] = branches
    .flatMap(alternativesOf)
    .filter((issues) => !issues.some((issue) => isOtherKind(issue)))
    .sort((one, other) => strangers(one).length - strangers(other).length || one.length - other.length)
  if (!closest) return undefined
  const excluding = asExcluding(closest, others)
  if (excluding) return excluding
  const equals = others.filter((issues) => strangers(issues).length === strangers(closest).length)
  return withAllKnown(mostTelling(closest), equals.map(mostTelling))
}

/** An alternative, or those that it is made of. */
function alternativesOf(issues: readonly z.core.$ZodIssue[]): readonly (readonly z.core.$ZodIssue[])[] {
  const [first, ...others] = issues
  const isUnion = first?.code === 'invalid_union' && first.path.length === 0 && others.length === 0
  return isUnion ? first.errors.flatMap(alternativesOf) : [issues]
}

/** The keys the value has that this alternative has not: one that has them was meant rather. */
function strangers(issues: readonly z.core.$ZodIssue[]): readonly string[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  )
}

/** Where each key belongs to some alternative, and all of them to none: two that exclude each other. */
function asExcluding(
  closest: readonly z.core.$ZodIssue[],
  others: readonly (readonly z.core.$ZodIssue[])[],
): z.core.$ZodIssue | undefined {
  const [key] = strangers(closest)
  const issue = closest.find(({ code, path }) => code === 'unrecognized_keys' && path.length === 0)
  const itsOwn = others.map(strangers).find((keys) => key !== undefined && !keys.includes(key))
  const other = itsOwn?.find((each) => !strangers(closest).includes(each))
  if (issue === undefined || key === undefined || other === undefined) return undefined
  return { ...issue, message: `and ${quote(other)} exclude each other; keep one of them` }
}

/** Begins what is said of a key that is like none there is. */
export const KNOWN_ARE = 'is an unknown key; known are '

/** Begins what is said of a key that is missing, before the shape of what it stands in. */
export const IS_MISSING = 'is missing; write '

/** Where a key is unknown to several alternatives, and any may have been meant: with a near key, or the keys of all. */
function withAllKnown(
  issue: z.core.$ZodIssue | undefined,
  others: readonly (z.core.$ZodIssue | undefined)[],
): z.core.$ZodIssue | undefined {
  if (!issue?.message.startsWith(KNOWN_ARE)) return issue
  const alike = others.filter((other) => other?.code === 'unrecognized_keys' && other.path.length === 0)
  const near = alike.find((other) => !other?.message.startsWith(KNOWN_ARE))
  if (near) return near
  const lists = [issue, ...alike].map((each) => each?.message.slice(KNOWN_ARE.length))
  return { ...issue, message: KNOWN_ARE + [...new Set(lists)].join('; or ') }
}

/** A misspelt key before the right one that is therefore missing; what says its own shape before one like none. */
function mostTelling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const stranger = issues.find(({ code }) => code === 'unrecognized_keys')
  const shown = issues.find(({ message }) => message.startsWith(IS_MISSING))
  return shown && stranger?.message.startsWith(KNOWN_ARE) ? shown : (stranger ?? issues[0])
}

/** Whether the value is no such thing at all, or holds what only the other alternative may. */
function isOtherKind(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union') return issue.path.length === 0 && !closestBranch(issue.errors)
  return issue.code === 'invalid_type' && (issue.path.length === 0 || issue.expected === 'never')
}

function expectedOf(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) =>
    issue.code === 'invalid_union'
      ? issue.errors.flatMap(expectedOf)
      : issue.code === 'invalid_type'
        ? [kindOf(issue.expected)]
        : [],
  )
}

/** What zod finds wrong, in words; undefined leaves zod's own. */
function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing'
      return `must be ${kindOf(issue.expected)}${adviceOn(issue.input, issue.expected)}`
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input)
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`
    default:
      return undefined
  }
}

function adviceOn(given: unknown, expected: string): string {
  if (given === null) return '; leave it out where there is none'
  return expected === 'boolean' && /^(?:true|false)$/i.test(String(given)) ? '; write it without quotes' : ''
}

/**
 * Says which words there are.
 *
 * @param meant - the one that is meant by what was given. Default: the nearest
 */
export function oneOf(words: readonly string[], given: unknown, meant?: string): string {
  return `must be ${either(words.map((word) => JSON.stringify(word)))}${insteadOf(given, words, meant)}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  never: 'left out here',
}

function kindOf(expected: string): string {
  return KINDS[expected] ?? expected
}

function either(words: readonly string[]): string {
  const distinct = [...new Set(words)]
  const last = distinct.pop() ?? ''
  return distinct.length === 0 ? last : `${distinct.join(', ')} or ${last}`
}

function fieldOf(path: Path): string | null {
  if (path.length === 0) return null
  const field = path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`
      const key = String(part)
      return /^[\w$-]{1,64}$/.test(key) ? `.${key}` : `[${quote(key)}]`
    })
    .join('')
  return field.startsWith('.') ? field.slice(1) : field
}
