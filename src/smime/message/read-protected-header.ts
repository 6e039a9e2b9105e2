import type { ReadEntity } from './read-entity.js'
import { fieldsNamed, type ReadField } from './read-header.js'

/** The header fields of a message, and how they are protected (RFC 9788). */
export interface ProtectedHeader {
  /** What the payload says of its own header: `cipher` where it was to be hidden. Null where it protects none. */
  readonly intent: 'clear' | 'cipher' | null
  /** The fields that count: the protected ones, and those outside that were not protected at all. */
  readonly fields: readonly HeaderFieldState[]
}

/** One of them. */
export interface HeaderFieldState {
  readonly field: ReadField
  readonly isProtected: boolean
  /** The author hid it: outside stood something else, or nothing (section 4.3.1). */
  readonly isHidden: boolean
  /** What stands outside, where that is something else; null where nothing does, or the same. */
  readonly outside: string | null
  /** Somebody changed on the way what stands outside: it is neither the same nor what the author put there. */
  readonly isChanged: boolean
}

/** Reads which fields a payload protects, and what the outer header says of them. */
export function readProtectedHeader(outer: ReadEntity, payload: ReadEntity): ProtectedHeader {
  const intent = payload === outer ? null : intentOf(payload)
  const outside = outer.fields.filter(isAboutMessage)
  if (intent === null) return { intent, fields: outside.map(unprotected) }
  const inside = payload.fields.filter(isAboutMessage)
  const recorded = fieldsNamed(payload.fields, 'hp-outer').map(recordedField)
  const names = new Set(inside.map(({ key }) => key))
  return {
    intent,
    fields: [
      ...inside.map((field) => stateOf(field, intent, outside, recorded)),
      // Added on the way, or left unprotected by the author.
      ...outside.filter(({ key }) => !names.has(key)).map(unprotected),
    ],
  }
}

function intentOf({ contentType }: ReadEntity): ProtectedHeader['intent'] {
  const intent = contentType.parameters.get('hp')?.toLowerCase()
  return intent === 'clear' || intent === 'cipher' ? intent : null
}

/** Neither of the MIME structure nor a record of the outer header. */
function isAboutMessage({ key }: ReadField): boolean {
  return !key.startsWith('content-') && key !== 'mime-version' && key !== 'hp-outer'
}

function unprotected(field: ReadField): HeaderFieldState {
  return { field, isProtected: false, isHidden: false, outside: null, isChanged: false }
}

/** What `HP-Outer: Subject: [...]` says to have put outside (section 2.2). */
function recordedField({ value }: ReadField): { key: string; value: string } {
  const colon = value.indexOf(':')
  return { key: value.slice(0, colon).trim().toLowerCase(), value: value.slice(colon + 1).trim() }
}

function stateOf(
  field: ReadField,
  intent: 'clear' | 'cipher',
  outer: readonly ReadField[],
  recorded: readonly { key: string; value: string }[],
): HeaderFieldState {
  const outside = fieldsNamed(outer, field.key).map(({ value }) => value)
  const isSame = outside.some((value) => value === field.value)
  const planned = recorded.filter(({ key }) => key === field.key).map(({ value }) => value)
  const isHidden = intent === 'cipher' && !planned.includes(field.value)
  const expected = intent === 'cipher' ? planned : [field.value]
  return {
    field,
    isProtected: true,
    isHidden,
    outside: isSame ? null : (outside[0] ?? null),
    isChanged: outside.some((value) => value !== field.value && !expected.includes(value)),
  }
}
