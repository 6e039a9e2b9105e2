/**
 * Reads BER (X.690, section 8), of which DER is the part with one form for each value, in whatever strangers
 * send: nothing is read further than it is asked for, and nothing is trusted to end where it says.
 */
import type { Bytes } from './bytes.js'

/** One value, of which nothing is read before it is asked for. */
export interface DerValue {
  /** The identifier octet: 0x30 is a SEQUENCE, 0xa0 a constructed [0]. */
  readonly tag: number
  /** The value's own octets, without tag and length. */
  readonly content: Buffer
  /** The same where they lie, for those that are too many to be held in memory. */
  readonly octets: Bytes
  /** Tag, length and content. */
  readonly raw: Buffer
  /** The values inside a constructed one; none in a primitive one. */
  readonly children: readonly DerValue[]
}

/** Deeper than any message or certificate. */
const deepest = 64
/** More values in one than any certificate, message or revocation list of a large authority has. */
const mostChildren = 1_000_000

/** What stands before a value's content; `length` is null for an indefinite one (X.690, section 8.1.3.6). */
interface Header {
  readonly tag: number
  readonly contentStart: number
  readonly length: number | null
}

/** What is known while values are read that stand inside one another. */
export interface Reading {
  /** How many values may still be read. */
  left: number
  /** Where indefinite values end, by where their content begins: whoever looks for the end of one passes others. */
  readonly ends: Map<number, number>
}

/** Begins to read: so many values and no more. */
export function reading(most = Number.POSITIVE_INFINITY): Reading {
  return { left: most, ends: new Map() }
}

/** As many as there may be around one another, and some beside. */
const mostKnownEnds = 1_000

/**
 * The value that begins at an offset, and where what follows it begins.
 *
 * @throws Error for what is no BER, or is cut off
 */
export function valueAt(
  bytes: Bytes,
  start: number,
  end = bytes.length,
  depth = 0,
  state: Reading = reading(),
): { value: DerValue; next: number } {
  if (depth > deepest) throw new Error('its values are too deep inside one another')
  const { tag, contentStart, length } = headerAt(bytes, start, end)
  const contentEnd = length === null ? endOfContents(bytes, contentStart, end, state) : contentStart + length
  const next = length === null ? contentEnd + 2 : contentEnd
  let children: readonly DerValue[] | undefined
  const value = {
    tag,
    get content() {
      return bytes.read(contentStart, contentEnd)
    },
    get octets() {
      return bytes.part(contentStart, contentEnd)
    },
    get raw() {
      return bytes.read(start, next)
    },
    get children() {
      children ??= isConstructed(tag) ? childrenIn(bytes, contentStart, contentEnd, depth + 1, state) : []
      return children
    },
  }
  return { value, next }
}

/** The content of a string, also of one that BER cut in pieces (X.690, section 8.7.3), in one. */
export function joined(value: DerValue): Buffer {
  return isConstructed(value.tag) ? Buffer.concat([...joinedBlocks(value.octets)]) : value.content
}

/** The same piece by piece, for a string that is too long to be held in memory. */
export function stringChunks(value: DerValue): Iterable<Buffer> | AsyncIterable<Buffer> {
  return isConstructed(value.tag) ? joinedBlocks(value.octets) : value.octets.chunks()
}

/** The content of a string where it lies; null for one that is in pieces. */
export function stringInOne(value: DerValue): Bytes | null {
  return isConstructed(value.tag) ? null : value.octets
}

const blockSize = 64 * 1024

/** Who streams content writes pieces of thousands of octets; so many are tens of gigabytes. */
const mostPieces = 10_000_000

/** A constructed string's content, in blocks of one size: a stranger decides how many pieces there are, and how small. */
function* joinedBlocks(content: Bytes): Generator<Buffer> {
  const octetString = 0x04
  const open: (number | null)[] = []
  let block = Buffer.allocUnsafe(blockSize)
  let filled = 0
  let pieces = 0
  for (let at = 0; at < content.length || open.length > 0; ) {
    if (++pieces > mostPieces) throw tooManyPieces()
    const until = open.at(-1)
    if (until === null ? content.octet(at) === 0 : until !== undefined && at >= until) {
      if (until === null && content.octet(at + 1) !== 0) throw malformed()
      at += until === null ? 2 : 0
      open.pop()
      continue
    }
    const { tag, contentStart, length } = headerAt(content, at, until ?? content.length)
    if ((tag & ~constructedBit) !== octetString) throw malformed()
    at = contentStart
    if (isConstructed(tag)) {
      if (open.push(length === null ? null : contentStart + length) > deepest) throw malformed()
      continue
    }
    for (const end = contentStart + (length ?? 0); at < end; ) {
      const octets = content.read(at, Math.min(end, at + blockSize - filled))
      filled += octets.copy(block, filled)
      at += octets.length
      if (filled < blockSize) continue
      yield block
      block = Buffer.allocUnsafe(blockSize)
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

function childrenIn(bytes: Bytes, start: number, end: number, depth: number, state: Reading): DerValue[] {
  const children: DerValue[] = []
  for (let at = start; at < end; ) {
    if (children.length === mostChildren || state.left === 0)
      throw new Error('it has more values than can be meant')
    state.left--
    const { value, next } = valueAt(bytes, at, end, depth, state)
    children.push(value)
    at = next
  }
  return children
}

function headerAt(bytes: Bytes, start: number, end: number): Header {
  const tag = bytes.octet(start)
  const lengthOctet = bytes.octet(start + 1)
  if (start + 2 > end || tag === undefined || lengthOctet === undefined) throw malformed()
  // Tags of several octets, and the end-of-contents octets where nothing is to end, mean nothing here.
  if ((tag & 0x1f) === 0x1f || tag === 0) throw malformed()
  if (lengthOctet === 0x80) {
    if (!isConstructed(tag)) throw malformed()
    return { tag, contentStart: start + 2, length: null }
  }
  const octets = lengthOctet > 0x80 ? lengthOctet & 0x7f : 0
  const contentStart = start + 2 + octets
  // Six octets are more than any file has, and as much as is read exactly.
  if (octets > 6 || contentStart > end) throw malformed()
  let length = octets === 0 ? lengthOctet : 0
  for (let at = start + 2; at < contentStart; at++) length = length * 0x100 + (bytes.octet(at) ?? 0)
  if (length > end - contentStart) throw malformed()
  return { tag, contentStart, length }
}

/** Where the end-of-contents octets of an indefinite value stand (X.690, section 8.1.5). */
function endOfContents(bytes: Bytes, start: number, end: number, { ends }: Reading): number {
  const known = ends.get(start)
  if (known !== undefined) return known
  const open = [start]
  let passed = 0
  for (let at = start; ; ) {
    if (++passed > mostPieces) throw tooManyPieces()
    if (at + 2 <= end && bytes.octet(at) === 0 && bytes.octet(at + 1) === 0) {
      const opened = open.pop() ?? start
      if (open.length === 0) return at
      if (ends.size < mostKnownEnds) ends.set(opened, at)
      at += 2
      continue
    }
    const { contentStart, length } = headerAt(bytes, at, end)
    if (length === null && open.push(contentStart) > deepest)
      throw new Error('its values are too deep inside one another')
    at = contentStart + (length ?? 0)
  }
}

const constructedBit = 0x20

function isConstructed(tag: number): boolean {
  return (tag & constructedBit) !== 0
}

function tooManyPieces(): Error {
  return new Error('it is cut in more pieces than can be meant')
}

function malformed(): Error {
  return new Error('it is damaged or cut off')
}
