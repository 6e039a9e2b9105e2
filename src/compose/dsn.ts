import { IncidentMailerError } from '../errors.js'
import type { DsnEvent, DsnOptions, DsnRequest, MailRequest } from '../mail.js'
import { quoted } from '../quoted.js'

/**
 * Reads which delivery status notifications a request asks for (RFC 3461).
 *
 * Only the header comes back unless `full` is asked for: who reads bounces is not always who may read incidents, and
 * the Message-ID is there already. What an encrypted mail hides in its header stays hidden either way.
 *
 * @throws {@link IncidentMailerError} `INVALID_REQUEST`, naming the field
 */
export function readDsn(dsn: MailRequest['dsn'] | null, messageId: string): DsnRequest | undefined {
  if (dsn === undefined || dsn === null || dsn === false) return undefined
  if (dsn !== true && (typeof dsn !== 'object' || Array.isArray(dsn)))
    throw invalid('dsn', 'has to be true, false or an object', dsn)
  const options: DsnOptions = dsn === true ? {} : dsn
  const stranger = Object.keys(options).find((key) => !Object.hasOwn(KEYS, key))
  if (stranger !== undefined)
    throw invalid('dsn', `takes ${Object.keys(KEYS).join(', ')}, and nothing else`, stranger)
  const { notify = EVENTS, return: what = 'headers', envelopeId, required = true } = options
  if (what !== 'headers' && what !== 'full') throw invalid('dsn.return', 'has to be headers or full', what)
  if (envelopeId !== undefined && !(typeof envelopeId === 'string' && ENVELOPE_ID.test(envelopeId)))
    throw invalid('dsn.envelopeId', 'has to be 1 to 100 printable ASCII characters', envelopeId)
  if (typeof required !== 'boolean') throw invalid('dsn.required', 'has to be true or false', required)
  return { notify: readEvents(notify), return: what, envelopeId: envelopeId ?? idOf(messageId), required }
}

function readEvents(notify: NonNullable<DsnOptions['notify']>): DsnRequest['notify'] {
  if (notify === 'never') return notify
  if (!Array.isArray(notify) || notify.length === 0 || !notify.every((event) => EVENTS.includes(event)))
    throw invalid('dsn.notify', `has to be never, or a list of ${EVENTS.join(', ')}`, notify)
  return EVENTS.filter((event) => notify.includes(event))
}

/** The Message-ID, where no server and no program can read it otherwise than it was meant. */
function idOf(messageId: string): string | null {
  const id = messageId.replace(/^<|>$/g, '')
  return /^[!-*,-<>-~]{1,100}$/.test(id) ? id : null
}

function invalid(field: string, sentence: string, value: unknown): IncidentMailerError {
  return new IncidentMailerError('INVALID_REQUEST', `${field} ${sentence}, and not ${quoted(value)}`, {
    field,
  })
}

const EVENTS: readonly DsnEvent[] = ['success', 'failure', 'delay']

/** RFC 3461, section 4.4. */
const ENVELOPE_ID = /^[ -~]{1,100}$/

const KEYS: Record<keyof DsnOptions, true> = { notify: true, return: true, envelopeId: true, required: true }
