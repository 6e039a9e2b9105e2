/** What the tests of `compose` share: a rendered mail, its bytes, and its tree read from these. */
import { type ComposeOptions, compose } from '../../src/compose/compose.js'
import { IncidentMailerError } from '../../src/errors.js'
import type { MailRequest, MimeMail, RenderedMail } from '../../src/mail.js'
import { messageBytes } from '../../src/mime.js'

export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

export function rendered(request: MailRequest = {}, more: Partial<RenderedMail> = {}): RenderedMail {
  return {
    request: { to: 'ciso@example.com', ...request },
    subject: 'All quiet',
    html: null,
    text: 'All quiet.\n',
    incident: null,
    imageFolder: null,
    warnings: [],
    timings: {},
    ...more,
  }
}

export interface Composed {
  readonly mail: MimeMail
  readonly bytes: Buffer
  readonly tree: MimeNode
}

export async function composed(
  request: MailRequest = {},
  more: Partial<RenderedMail> = {},
  options: ComposeOptions = {},
): Promise<Composed> {
  const mail = await compose({ from: 'SOC <soc@example.com>', ...options })(rendered(request, more), {})
  const [delivery] = mail.deliveries
  if (!delivery) throw new Error('no delivery')
  const bytes = await messageBytes(mail, delivery.entity)
  return { mail, bytes, tree: parseNode(bytes) }
}

/** The error that composing this throws. */
export async function refusal(
  request: MailRequest,
  more: Partial<RenderedMail> = {},
  options: ComposeOptions = {},
): Promise<IncidentMailerError> {
  try {
    await composed(request, more, options)
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) return thrown
    throw thrown
  }
  throw new Error('nothing was thrown')
}

export interface MimeNode {
  /** Unfolded, by their name in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly type: string
  readonly body: Buffer
  readonly children: readonly MimeNode[]
}

/** Reads a tree by the letter of RFC 2046, so that no reader's leniency hides a mistake of the writer's. */
export function parseNode(bytes: Buffer): MimeNode {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes
    .subarray(0, end)
    .toString()
    .replace(/\r\n(?=[ \t])/g, '')
  const headers = new Map(
    head
      .split('\r\n')
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  )
  const body = bytes.subarray(end + 4)
  const contentType = headers.get('content-type') ?? 'text/plain'
  const boundary = /boundary="([^"]+)"/.exec(contentType)?.[1]
  const type = contentType.split(';')[0] ?? ''
  if (boundary === undefined) return { headers, type, body, children: [] }
  const text = `\r\n${body.toString('latin1')}`
  const [inside, after] = text.split(`\r\n--${boundary}--`)
  if (after !== '\r\n') throw new Error('the last boundary is not at the end')
  const [before, ...parts] = (inside ?? '').split(`\r\n--${boundary}\r\n`)
  if (before !== '') throw new Error('something stands before the first boundary')
  return { headers, type, body, children: parts.map((part) => parseNode(Buffer.from(part, 'latin1'))) }
}

/** `multipart/mixed(text/plain, application/pdf)` */
export function outline({ type, children }: MimeNode): string {
  return children.length === 0 ? type : `${type}(${children.map(outline).join(', ')})`
}

/** All nodes without children, in order. */
export function leaves(node: MimeNode): MimeNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leaves)
}

export function leaf(node: MimeNode, type: string): MimeNode {
  const found = leaves(node).find((candidate) => candidate.type === type)
  if (!found) throw new Error(`there is no ${type} in ${outline(node)}`)
  return found
}

/** A base64 part's content. */
export function contentOf(node: MimeNode): Buffer {
  if (node.headers.get('content-transfer-encoding') !== 'base64') throw new Error('not in base64')
  return Buffer.from(node.body.toString('latin1'), 'base64')
}

/** The codes of the warnings, in order. */
export function warningsOf({ mail }: Composed): string[] {
  return mail.warnings.map(({ code }) => code)
}
