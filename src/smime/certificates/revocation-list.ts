import type { KeyObject } from 'node:crypto'
import { childOf, type DerValue, readDer, tags } from '../encoding/der.js'
import { oids } from '../encoding/oids.js'
import { readPem } from '../encoding/pem.js'
import { readTime } from '../encoding/read-time.js'
import { readSignatureScheme } from '../keys/signature-scheme.js'
import { type Extensions, extensionsIn } from './extensions.js'

/** A certificate revocation list (RFC 5280, section 5). */
export interface RevocationList {
  /** The issuer's name, as it came. */
  readonly issuer: Buffer
  readonly thisUpdate: Date
  /** When the next one is due; without it nobody knows whether this one is current. */
  readonly nextUpdate: Date | null
  /** Which certificates of its issuer it speaks of. */
  readonly scope: 'all' | 'authorities' | 'people' | 'unknown'
  /** What it says of a certificate, by its serial number as it came. */
  entryOf(serialNumber: Buffer): Revocation | null
  /** Whether the key signed it. */
  isSignedBy(key: KeyObject): boolean
}

/** When a certificate was revoked. */
export interface Revocation {
  readonly date: Date
  /** Its key was stolen: whatever it signed, whenever it says so, may be a thief's. */
  readonly compromised: boolean
}

/** The lists in a file: PEM, or a single one in DER. */
export function readRevocationLists(bytes: Buffer): RevocationList[] {
  if (bytes[0] === tags.sequence && (bytes[1] ?? 0) >= 0x80) return [readRevocationList(bytes)]
  return [...readPem(bytes.toString('latin1'))]
    .filter(({ label }) => label === 'X509 CRL')
    .map((block) => readRevocationList(block.bytes))
}

function readRevocationList(bytes: Buffer): RevocationList {
  const whole = readDer(bytes)
  const fields = childOf(whole, 0, tags.sequence)
  const first = childOf(fields, 0).tag === tags.integer ? 1 : 0
  const algorithm = childOf(fields, first, tags.sequence)
  const rest = fields.children.slice(first + 2)
  const times = rest.filter(isTime)
  const [thisUpdate, nextUpdate] = times
  if (!thisUpdate) throw new Error('the revocation list has no date')
  const list = rest.find(({ tag }) => tag === tags.sequence)
  const wrapper = rest.find(({ tag }) => tag === tags.context0)
  const extensions = wrapper ? extensionsIn(childOf(wrapper, 0, tags.sequence)) : new Map()
  const entries = new Map<string, DerValue>()
  let unknownEntry = false
  for (const entry of list?.children ?? []) {
    entries.set(serialOf(childOf(entry, 0, tags.integer).raw), entry)
    unknownEntry ||= entry.children.length > 2 && hasUnknown(extensionsIn(childOf(entry, 2)), entryExtensions)
  }
  const signature = childOf(whole, 2, tags.bitString).content.subarray(1)
  // Both places have to agree (section 5.1.1.2).
  const scheme = childOf(whole, 1).raw.equals(algorithm.raw) ? readSignatureScheme(algorithm, null) : null
  return {
    issuer: childOf(fields, first + 1, tags.sequence).raw,
    thisUpdate: readTime(thisUpdate),
    nextUpdate: nextUpdate ? readTime(nextUpdate) : null,
    scope: unknownEntry ? 'unknown' : scopeOf(extensions),
    entryOf: (serialNumber) => {
      const entry = entries.get(serialOf(serialNumber))
      return entry ? readEntry(entry) : null
    },
    isSignedBy: (key) =>
      scheme !== null && !weak.has(scheme.digest ?? '') && scheme.fits(key, fields.raw, signature),
  }
}

const weak: ReadonlySet<string> = new Set(['md5', 'sha1'])

function isTime({ tag }: DerValue): boolean {
  return tag === tags.utcTime || tag === tags.generalizedTime
}

function serialOf(serialNumber: Buffer): string {
  return serialNumber.toString('latin1')
}

function readEntry(entry: DerValue): Revocation {
  const extensions: Extensions = entry.children.length > 2 ? extensionsIn(childOf(entry, 2)) : new Map()
  const reason = extensions.get(oids.crlReason)?.value().content[0] ?? 0
  const [keyCompromise, caCompromise, aaCompromise] = [1, 2, 10]
  return {
    date: readTime(childOf(entry, 1)),
    compromised: reason === keyCompromise || reason === caCompromise || reason === aaCompromise,
  }
}

const entryExtensions: ReadonlySet<string> = new Set([oids.crlReason])
const listExtensions: ReadonlySet<string> = new Set([oids.issuingDistributionPoint])

function hasUnknown(extensions: Extensions, known: ReadonlySet<string>): boolean {
  return [...extensions].some(([id, { critical }]) => critical && !known.has(id))
}

/**
 * What a list covers (section 5.2.5). A delta list, an indirect one, or one for some reasons alone says too little
 * to go by, and so does one with a critical extension that is not known here.
 */
function scopeOf(extensions: Extensions): RevocationList['scope'] {
  if (extensions.has(oids.deltaCrlIndicator) || hasUnknown(extensions, listExtensions)) return 'unknown'
  const point = extensions.get(oids.issuingDistributionPoint)?.value()
  const isSet = (tag: number) =>
    point?.children.some((child) => child.tag === tag && child.content[0] !== 0) ?? false
  if (isSet(0x83) || isSet(0x84) || isSet(0x85)) return 'unknown'
  const [people, authorities] = [isSet(0x81), isSet(0x82)]
  if (people) return authorities ? 'unknown' : 'people'
  return authorities ? 'authorities' : 'all'
}
