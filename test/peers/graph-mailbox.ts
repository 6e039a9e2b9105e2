import type { IncomingMessage, ServerResponse } from 'node:http'
import PostalMime, { type Address } from 'postal-mime'

/** What a client may do to a draft. */
export type DraftCall = 'create' | 'rename' | 'attach' | 'session' | 'range' | 'state' | 'send' | 'delete'

/** An answer in place of the mailbox's own, which `does` gives when it is called, having done what was asked. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  does: () => Promise<Result>,
) => unknown

interface Result {
  readonly status: number
  readonly json?: object
  readonly headers?: Record<string, string>
}

interface Attachment {
  readonly name: string
  readonly contentType: string
  readonly isInline: boolean
  readonly contentId: string | null
  readonly content: Buffer
}

export interface StoredMail {
  readonly mime: string
  readonly subject: string | undefined
  readonly html: string | undefined
  readonly recipients: { readonly to: string[]; readonly cc: string[]; readonly bcc: string[] }
  readonly attachments: Attachment[]
  internetMessageId: string
}

/**
 * The part of the stand-in for Microsoft Graph that keeps drafts: it takes what Microsoft's documents say that a client
 * has to send, with the limits that they name, and refuses all else.
 *
 * @param base - where it is reached
 * @param keepsMessageIds - whether a draft has the Message-ID of the message it was made of, or one of Exchange's own
 */
export function graphMailbox(base: () => string, keepsMessageIds: boolean) {
  const drafts = new Map<string, StoredMail>()
  const sessions = new Map<string, { draft: string; item: AttachmentItem; received: Buffer }>()
  const sent: StoredMail[] = []
  const calls: { call: DraftCall; headers: IncomingMessage['headers']; octets: number }[] = []
  /** For each call, what is to become of the first, the second, and so on; null for what should. */
  const faults: Partial<Record<DraftCall, (Fault | null)[]>> = {}
  let made = 0

  const does: Record<
    DraftCall,
    (body: Buffer, id: string, request: IncomingMessage) => Promise<Result> | Result
  > = {
    async create(body) {
      const id = `AAMk/draft+${++made}=`
      const email = await PostalMime.parse(Buffer.from(body.toString(), 'base64'))
      const [to, cc, bcc] = [email.to, email.cc, email.bcc].map(addressesIn)
      const mail: StoredMail = {
        mime: Buffer.from(body.toString(), 'base64').toString('latin1'),
        subject: email.subject,
        html: email.html,
        recipients: { to: to ?? [], cc: cc ?? [], bcc: bcc ?? [] },
        attachments: email.attachments.map((part) => ({
          name: part.filename ?? '',
          contentType: part.mimeType,
          isInline: part.disposition === 'inline',
          contentId: part.contentId ?? null,
          content: Buffer.from(part.content as ArrayBuffer),
        })),
        internetMessageId: keepsMessageIds ? (email.messageId ?? '') : `<${made}@exchange.example>`,
      }
      drafts.set(id, mail)
      return { status: 201, json: shown(id, mail) }
    },
    rename(body, id) {
      const mail = drafts.get(id)
      if (!mail) return NO_ITEM
      mail.internetMessageId = JSON.parse(body.toString()).internetMessageId
      return { status: 200, json: shown(id, mail) }
    },
    attach(body, id) {
      const { '@odata.type': type, contentBytes, contentId = null, ...facts } = JSON.parse(body.toString())
      if (type !== '#microsoft.graph.fileAttachment') return { status: 400 }
      drafts.get(id)?.attachments.push({ ...facts, contentId, content: Buffer.from(contentBytes, 'base64') })
      return drafts.has(id) ? { status: 201, json: {} } : NO_ITEM
    },
    session(body, id) {
      const item: AttachmentItem = JSON.parse(body.toString()).AttachmentItem
      if (item.attachmentType !== 'file' || !drafts.has(id)) return { status: 400 }
      if (item.size < 3_000_000)
        return { status: 400, json: { error: { code: 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize' } } }
      const session = `session-${sessions.size + 1}`
      sessions.set(session, { draft: id, item, received: Buffer.alloc(0) })
      const uploadUrl = `${base()}/upload/${session}?authtoken=secret-of-${session}`
      return { status: 201, json: { uploadUrl, nextExpectedRanges: ['0-'] } }
    },
    range(body, id, { headers }) {
      const session = sessions.get(id)
      const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? []
      if (!session) return NO_ITEM
      if (headers.authorization || headers['content-type'] !== 'application/octet-stream')
        return { status: 401 }
      const isNext = Number(start) === session.received.length && Number(total) === session.item.size
      if (!isNext || Number(end) - Number(start) + 1 !== body.length || body.length >= 4_000_000)
        return { status: 400, json: { error: { code: 'InvalidRange' } } }
      session.received = Buffer.concat([session.received, body])
      if (session.received.length < session.item.size)
        return { status: 200, json: { nextExpectedRanges: [`${session.received.length}`] } }
      const { name, contentType, isInline, contentId = null } = session.item
      const attachment = { name, contentType, isInline, contentId, content: session.received }
      drafts.get(session.draft)?.attachments.push(attachment)
      sessions.delete(id)
      return { status: 201, headers: { Location: `${base()}/attachment` } }
    },
    state(_, id) {
      const session = sessions.get(id)
      return session
        ? { status: 200, json: { nextExpectedRanges: [`${session.received.length}-`] } }
        : NO_ITEM
    },
    send(_, id) {
      const mail = drafts.get(id)
      if (!mail) return NO_ITEM
      drafts.delete(id)
      sent.push(mail)
      return { status: 202, headers: { 'request-id': '5a2b' } }
    },
    delete: (_, id) => (drafts.delete(id) ? { status: 204 } : NO_ITEM),
  }

  /** Whether a request is one about drafts, which then has its answer. */
  const answers = async (
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<boolean> => {
    const route = routeOf(request)
    if (route === null) return false
    const [call, id] = route
    calls.push({ call, headers: request.headers, octets: body.length })
    const result = async () =>
      call !== 'range' && body.length > 4 * 1024 * 1024
        ? { status: 413 }
        : await does[call](body, id, request)
    const fault = faults[call]?.shift()
    if (fault) await fault(request, response, result)
    else {
      const { status, json, headers } = await result()
      response.writeHead(status, headers).end(json && JSON.stringify(json))
    }
    return true
  }
  return { drafts, sent, calls, faults, answers }
}

interface AttachmentItem extends Omit<Attachment, 'content' | 'contentId'> {
  readonly attachmentType: string
  readonly size: number
  readonly contentId?: string
}

const NO_ITEM: Result = {
  status: 404,
  json: { error: { code: 'ErrorItemNotFound', message: 'The specified object was not found in the store.' } },
}

function routeOf({ method, url = '' }: IncomingMessage): readonly [DraftCall, string] | null {
  const [, session] = /^\/upload\/([^?]+)\?authtoken=secret-of-\1$/.exec(url) ?? []
  if (session !== undefined) return [method === 'PUT' ? 'range' : 'state', session]
  const [, draft, rest] = /^\/v1\.0\/(?:me|users\/[^/]+)\/messages(?:\/([^/]+))?(\/.*)?$/.exec(url) ?? []
  if (draft === undefined) return url.endsWith('/messages') ? ['create', ''] : null
  const call = ROUTES[`${method} ${rest ?? ''}`]
  return call ? [call, decodeURIComponent(draft)] : null
}

const ROUTES: Record<string, DraftCall> = {
  'PATCH ': 'rename',
  'DELETE ': 'delete',
  'POST /send': 'send',
  'POST /attachments': 'attach',
  'POST /attachments/createUploadSession': 'session',
}

function shown(id: string, { recipients, internetMessageId, html }: StoredMail): object {
  const listed = (addresses: string[]) => addresses.map((address) => ({ emailAddress: { address } }))
  return {
    ...{ id, internetMessageId, isDraft: true, body: { contentType: 'html', content: html } },
    toRecipients: listed(recipients.to),
    ccRecipients: listed(recipients.cc),
    bccRecipients: listed(recipients.bcc),
  }
}

function addressesIn(list: Address[] | undefined): string[] {
  return (list ?? []).flatMap(
    (each) => each.address ?? (each.group ?? []).map(({ address }) => address ?? ''),
  )
}
