/**
 * Reads BER (X.690, section 8), of which DER is the part with one form for each value, in whatever strangers
 * send: nothing is read further than it is asked for, and nothing is trusted to end where it says.
 */

/** One value, with everything as views into the bytes it was read from. */
export interface DerValue {
  /** The identifier octet: 0x30 is a SEQUENCE, 0xa0 a constructed [0]. */
  readonly tag: number
  /** The value's own octets, without tag and length. */
  readonly content: Buffer
  /** Tag, length and content. */
  readonly raw: Buffer
  /** The values inside a constructed one; none in a primitive one. Read when first asked for. */
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

/**
 * The value that begins at an offset, and where what follows it begins.
 *
 * @throws Error for what is no BER, or is cut off
 */
export function valueAt(
  bytes: Buffer,
  start: number,
  end = bytes.length,
  depth = 0,
): { value: DerValue; next: number } {
  if (depth > deepest) throw new Error('its values are too deep inside one another')
  const { tag, contentStart, length } = headerAt(bytes, start, end)
  const contentEnd = length === null ? endOfContents(bytes, contentStart, end) : contentStart + length
  const next = length === null ? contentEnd + 2 : contentEnd
  let children: readonly DerValue[] | undefined
  const value = {
    tag,
    content: bytes.subarray(contentStart, contentEnd),
    raw: bytes.subarray(start, next),
    get children() {
      children ??= isConstructed(tag) ? childrenIn(bytes, contentStart, contentEnd, depth + 1) : []
      return children
    },
  }
  return { value, next }
}

/** The content of a string, also of one that BER cut in pieces (X.690, section 8.7.3), in one. */
export function joined(value: DerValue): Buffer {
  if (!isConstructed(value.tag)) return value.content
  let size = 0
  forEachPiece(value.content, (start, end) => {
    size += end - start
  })
  // Not by a list of the pieces: a stranger decides how many there are.
  const whole = Buffer.allocUnsafe(size)
  let at = 0
  forEachPiece(value.content, (start, end) => {
    at += value.content.copy(whole, at, start, end)
  })
  return whole
}

/** Calls for each primitive piece of a constructed string's content, with its first and last offset. */
function forEachPiece(content: Buffer, visit: (start: number, end: number) => void): void {
  const octetString = 0x04
  const open: (number | null)[] = []
  for (let at = 0; at < content.length || open.length > 0; ) {
    const until = open.at(-1)
    if (until === null ? content[at] === 0 : until !== undefined && at >= until) {
      if (until === null && content[at + 1] !== 0) throw malformed()
      at += until === null ? 2 : 0
      open.pop()
      continue
    }
    const { tag, contentStart, length } = headerAt(content, at, until ?? content.length)
    if ((tag & ~constructedBit) !== octetString) throw malformed()
    if (isConstructed(tag)) {
      if (open.push(length === null ? null : contentStart + length) > deepest) throw malformed()
      at = contentStart
    } else {
      const end = contentStart + (length ?? 0)
      visit(contentStart, end)
      at = end
    }
  }
}

function childrenIn(bytes: Buffer, start: number, end: number, depth: number): DerValue[] {
  const children: DerValue[] = []
  for (let at = start; at < end; ) {
    if (children.length === mostChildren) throw new Error('it has more values than can be meant')
    const { value, next } = valueAt(bytes, at, end, depth)
    children.push(value)
    at = next
  }
  return children
}

function headerAt(bytes: Buffer, start: number, end: number): Header {
  const tag = bytes[start]
  const lengthOctet = bytes[start + 1]
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
  const length = octets === 0 ? lengthOctet : bytes.readUIntBE(start + 2, octets)
  if (length > end - contentStart) throw malformed()
  return { tag, contentStart, length }
}

/** Where the end-of-contents octets of an indefinite value stand (X.690, section 8.1.5). */
function endOfContents(bytes: Buffer, start: number, end: number): number {
  let open = 1
  for (let at = start; ; ) {
    if (at + 2 <= end && bytes[at] === 0 && bytes[at + 1] === 0) {
      open--
      if (open === 0) return at
      at += 2
      continue
    }
    const { contentStart, length } = headerAt(bytes, at, end)
    if (length === null) open++
    if (open > deepest) throw new Error('its values are too deep inside one another')
    at = contentStart + (length ?? 0)
  }
}

const constructedBit = 0x20

function isConstructed(tag: number): boolean {
  return (tag & constructedBit) !== 0
}

function malformed(): Error {
  return new Error('it is damaged or cut off')
}
