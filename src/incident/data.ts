import type { IncidentId } from './incident.js'

/** Data that others made, of which nothing is known but that its members have names. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A member of the value's own, never one that it inherits. */
export function own(value: unknown, name: string): unknown {
  return isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function isId(value: unknown): value is IncidentId {
  return typeof value === 'string' || typeof value === 'number'
}

/** The value where it is text, else what stands in for it. */
export function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

/** A number, or the number that a text is; not a number for all else, which JavaScript would ask for its text first. */
export function numberOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Number.NaN : Number(value)
}
