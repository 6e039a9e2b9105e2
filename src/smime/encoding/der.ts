/**
 * Reads and writes DER (X.690). Whatever is read keeps its bytes as they came: a name that is decoded and encoded
 * again may change (a non-minimal length, another string type), and then no reader finds the certificate that it
 * names.
 */
import forge from 'node-forge/lib/asn1.js'
import { type DerValue, joined, reading, valueAt } from './ber.js'
import { type Bytes, bytesOf } from './bytes.js'

export type { DerValue }

/** The identifier octets in use here. */
export const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** Constructed [0], which IMPLICIT sets and EXPLICIT wrappers have. */
  context0: 0xa0,
} as const

/**
 * Reads one value, and refuses anything after it. BER's indefinite lengths are understood.
 *
 * @param most - how many values may be inside it, as far as they are looked at. Default: any number
 */
export function readDer(bytes: Uint8Array | Bytes, most?: number): DerValue {
  const whole = bytes instanceof Uint8Array ? bytesOf(bytes) : bytes
  const { value, next } = valueAt(whole, 0, whole.length, 0, reading(most))
  if (next < bytes.length) throw new Error('there is something behind it')
  return value
}

/** Reads the first value and leaves what follows it alone. */
export function readFirstDer(bytes: Uint8Array): DerValue {
  return valueAt(bytesOf(bytes), 0).value
}

/** The value at that place of a constructed one, with that tag where one is named. */
export function childOf(parent: DerValue, index: number, tag?: number): DerValue {
  const child = parent.children[index]
  if (!child || (tag !== undefined && child.tag !== tag))
    throw new Error('its structure is not the expected one')
  return child
}

/** An OBJECT IDENTIFIER in its dotted form. */
export function oidOf(value: DerValue): string {
  if (value.tag !== tags.oid || value.content.length === 0)
    throw new Error('an object identifier is malformed')
  return forge.derToOid(value.content.toString('latin1'))
}

/** The content of an OCTET STRING, also of one that BER cut in pieces (X.690, section 8.7). */
export function octetsOf(value: DerValue): Buffer {
  return joined(value)
}

/** A small INTEGER that is not negative: a version, a count. Larger than any that makes sense: Infinity. */
export function countOf(value: DerValue): number {
  const { tag, content } = value
  if (tag !== tags.integer || content.length === 0 || (content[0] ?? 0) > 0x7f) {
    throw new Error('a number is malformed')
  }
  return content.length > 6 ? Number.POSITIVE_INFINITY : content.readUIntBE(0, content.length)
}

/**
 * Writes a value around contents that are DER already.
 *
 * Not with forge's writer, which takes trees alone: names and certificates must go in as the bytes they are.
 */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  let length = 0
  for (const content of contents) length += content.length
  return Buffer.concat([derHeader(tag, length), ...contents])
}

/** Tag and length of a value whose content follows. */
export function derHeader(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 0x100)) octets.unshift(rest % 0x100)
  return Buffer.from([tag, 0x80 | octets.length, ...octets])
}

/**
 * A value's beginning: its header, and the first parts of its content. So many octets of it follow, which are not at
 * hand, or too large to be copied.
 */
export function derStart(tag: number, parts: readonly Uint8Array[], following: number): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, following)
  return Buffer.concat([derHeader(tag, length), ...parts])
}

/** A SEQUENCE of these. */
export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return writeDer(tags.sequence, ...elements)
}

/** The content of a SET OF: its elements in DER's order (X.690, section 11.6). */
export function sorted(elements: readonly Buffer[]): Buffer {
  return Buffer.concat(elements.toSorted(Buffer.compare))
}

/** An OBJECT IDENTIFIER from its dotted form. Encoded once each, since every signature needs some. */
export function oid(dotted: string): Buffer {
  const known = encodedOids.get(dotted)
  if (known) return known
  const encoded = writeDer(tags.oid, Buffer.from(forge.oidToDer(dotted).getBytes(), 'latin1'))
  encodedOids.set(dotted, encoded)
  return encoded
}

const encodedOids = new Map<string, Buffer>()

/** An INTEGER between 0 and 127. */
export function integer(value: number): Buffer {
  return writeDer(tags.integer, Buffer.from([value]))
}

/** An OCTET STRING. */
export function octetString(content: Uint8Array): Buffer {
  return writeDer(tags.octetString, content)
}

/** The NULL that some algorithm identifiers want as parameters. */
export const derNull = writeDer(tags.null)

/** A moment: UTCTime through the year 2049, GeneralizedTime from 2050 on (RFC 5652, section 11.3). */
export function time(date: Date): Buffer {
  const year = date.getUTCFullYear()
  return year >= 1950 && year < 2050
    ? writeDer(tags.utcTime, Buffer.from(forge.dateToUtcTime(date), 'latin1'))
    : writeDer(tags.generalizedTime, Buffer.from(forge.dateToGeneralizedTime(date), 'latin1'))
}
