/** One armoured block (RFC 7468): what it says it is, and what is in it. */
export interface PemBlock {
  /** `CERTIFICATE`, `ENCRYPTED PRIVATE KEY`. */
  readonly label: string
  /** The decoded content; empty where the block has header lines of its own (RFC 1421 encryption). */
  readonly bytes: Buffer
  /** The block as text, from its BEGIN line to its END line. */
  readonly text: string
}

const begin = '-----BEGIN '
const dashes = '-----'
const longestLabel = 64
const again = 'copy it again, whole'

/** Whether a text holds PEM, rather than the name of a file that does. */
export function isPem(text: string): boolean {
  return text.includes(begin)
}

/**
 * The blocks of a text, in order. Whatever stands between them is passed over: commas, explanations, the
 * attributes that `openssl pkcs12` prints. Line breaks may be of any kind, or have become spaces, as they do in
 * the input fields of many a playbook editor.
 */
export function* readPem(text: string): Generator<PemBlock> {
  for (let start = text.indexOf(begin); start >= 0; ) {
    const labelStart = start + begin.length
    const labelEnd = text.indexOf(dashes, labelStart)
    const label = text.slice(labelStart, labelEnd)
    if (labelEnd < 0 || label.length > longestLabel) throw new Error(`a BEGIN line is damaged; ${again}`)
    const footer = `${dashes}END ${label}${dashes}`
    const bodyEnd = text.indexOf(footer, labelEnd)
    if (bodyEnd < 0) throw new Error(`the END line of ${JSON.stringify(label)} is missing; ${again}`)
    const end = bodyEnd + footer.length
    const body = text.slice(labelEnd + dashes.length, bodyEnd)
    yield { label, bytes: decodeBody(body, label), text: text.slice(start, end) }
    start = text.indexOf(begin, end)
  }
}

function decodeBody(body: string, label: string): Buffer {
  if (body.includes('\\n'))
    throw new Error('it has a backslash and an n where its lines end; put real line breaks there')
  if (body.includes(':')) return Buffer.alloc(0)
  const bytes = decodeBase64(body)
  if (!bytes) throw new Error(`the content of ${JSON.stringify(label)} is not base64; ${again}`)
  return bytes
}

/** What base64 stands for, with white space anywhere in it; null for a text that is not base64. */
export function decodeBase64(text: string): Buffer | null {
  const compact = text.replace(/\s+/g, '')
  return compact.length > 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(compact) ? Buffer.from(compact, 'base64') : null
}
