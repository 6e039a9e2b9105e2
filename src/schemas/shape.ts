import { z } from 'zod'
import { nearest } from '../nearest.js'
import { KNOWN_ARE, quote } from './problem.js'

/**
 * Exactly the keys of a public type, each with a schema of that key's own type: the interfaces stay the
 * source of what exists, and a key that only one side has does not compile.
 */
export type Shape<T> = { readonly [Key in keyof T]-?: z.ZodType<T[Key]> }

/**
 * An object without keys of its own making: one that does not exist is an error that names the nearest that
 * does, for a mail must never go out unencrypted because someone wrote `encypt`.
 *
 * @param reserved - what to say of keys that exist elsewhere, but not here
 */
export function strict<S extends z.core.$ZodShape>(
  shape: S,
  reserved: Readonly<Record<string, string>> = {},
) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined
      const key = String(issue.keys[0])
      if (Object.hasOwn(reserved, key)) return reserved[key]
      const near = nearest(key, known)
      return near === undefined
        ? `${KNOWN_ARE}${known.join(', ')}`
        : `is an unknown key; did you mean ${quote(near)}?`
    },
  })
}

/** A value that may be left out. So may null say, as playbooks fill in what they have none of. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined)
}

/**
 * One of some words, in any case: playbooks write `High`, and people `AMBER`. The schema names them as we do.
 *
 * @param otherwise - what to say of anything else. Default: which words there are, and which was probably meant
 */
export function word<const Words extends readonly [string, ...string[]]>(
  words: Words,
  otherwise?: string | ((given: unknown) => string),
) {
  const error =
    typeof otherwise === 'function' ? (issue: { input?: unknown }) => otherwise(issue.input) : otherwise
  return z.preprocess(
    (value) => (typeof value === 'string' ? value.toLowerCase() : value),
    z.enum(words, { error }),
  )
}
