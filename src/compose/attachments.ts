import { IncidentMailerError } from '../errors.js'
import type { IncidentAttachment } from '../incident/incident.js'
import type { MailRequest, RenderedMail, RequestAttachment, Warning } from '../mail.js'
import { quoted } from '../quoted.js'
import { type Attachment, type AttachmentOptions, LARGEST } from './attachment.js'
import { readIncidentFile } from './incident-file.js'
import { readRequestFile } from './request-file.js'

/**
 * Collects the files that a request asks for, each once, in its order: the incident's own, by name, and those
 * that the request brings along.
 *
 * @throws {@link IncidentMailerError} `INVALID_REQUEST`, `HEADER_INJECTION`, `FORBIDDEN_PATH`,
 * `FILE_NOT_FOUND` or `FILE_UNREADABLE` for a file of the request, and with `strictAttachments`
 * `UNKNOWN_ATTACHMENT` for a name that the incident does not have; `TOO_LARGE` for more than a mail can take.
 */
export async function collectAttachments(
  mail: RenderedMail,
  options: AttachmentOptions,
): Promise<{ attachments: Attachment[]; warnings: Warning[] }> {
  const available = mail.incident?.attachments ?? []
  const attachments: Attachment[] = []
  const warnings: Warning[] = []
  const taken = new Set<IncidentAttachment>()

  const addNamed = async (name: string, field: string) => {
    const files = name === '*' ? available : available.filter((file) => file.name === name)
    if (files.length === 0 && name !== '*') warnings.push(unknown(name, field, mail))
    for (const file of files) {
      if (taken.has(file)) continue
      taken.add(file)
      const { attachment, warning } = await readIncidentFile(file, mail, options)
      if (attachment) attachments.push(attachment)
      if (warning) warnings.push(warning)
    }
  }
  for (const { item, field } of listItems(mail.request.attachments, available)) {
    if (typeof item === 'string') await addNamed(item, field)
    else attachments.push(await readRequestFile(item, field, options))
    refuseTooMuch(attachments, field)
  }
  refuseSameCid(attachments)
  return { attachments, warnings }
}

interface ListItem {
  readonly item: string | RequestAttachment
  readonly field: string
}

function listItems(asked: MailRequest['attachments'], available: readonly IncidentAttachment[]): ListItem[] {
  if (asked === undefined) return []
  if (typeof asked !== 'string') return asked.map((item, index) => ({ item, field: `attachments[${index}]` }))
  const field = 'attachments'
  // Names with commas in them do occur, and playbooks pass them as they are.
  if (available.some(({ name }) => name === asked)) return [{ item: asked, field }]
  const names = asked.split(',').map((name) => name.trim())
  return names.filter((name) => name !== '').map((item) => ({ item, field }))
}

function unknown(name: string, field: string, { incident, request }: RenderedMail): Warning {
  const message = incident
    ? `${field}: the incident has no file named ${quoted(name)}; names are case-sensitive`
    : `${field}: the job has no incident to take ${quoted(name)} from; give "incident", or the file itself: { "path": ... }`
  if (request.strictAttachments) throw new IncidentMailerError('UNKNOWN_ATTACHMENT', message, { field })
  return { code: 'UNKNOWN_ATTACHMENT', message }
}

/** At once, so that a list of large files is not read to its end first. */
function refuseTooMuch(attachments: readonly Attachment[], field: string): void {
  const size = attachments.reduce((sum, { content }) => sum + content.length, 0)
  if (size <= LARGEST) return
  throw new IncidentMailerError(
    'TOO_LARGE',
    `${field}: the files up to this one have ${size} octets together, and a mail can take ${LARGEST}; send a link, or fewer files`,
    { field },
  )
}

function refuseSameCid(attachments: readonly Attachment[]): void {
  const cids = attachments.map(({ cid }) => cid).filter((cid) => cid !== null)
  const repeated = cids.find((cid, index) => cids.indexOf(cid) !== index)
  if (repeated === undefined) return
  throw new IncidentMailerError(
    'INVALID_REQUEST',
    `attachments: two have the cid ${quoted(repeated)}; give each its own`,
    { field: 'attachments' },
  )
}
