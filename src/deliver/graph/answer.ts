import { IncidentMailerError } from '../../errors.js'
import { printable } from '../../printable.js'
import type { Mask } from '../../secrets.js'
import { failedHandover, type Handover, unknownHandover } from '../handover.js'

/** What Graph said. */
export interface GraphAnswer {
  readonly status: number
  readonly retryAfter: string | null
  /** By which Microsoft's support finds the request. */
  readonly requestId: string | null
  readonly text: string
}

/** What an answer means for those who should get the mail. */
export function handoverOf(answer: GraphAnswer, to: readonly string[], mask: Mask): Handover {
  const { status } = answer
  const words = wordsOf(answer, mask)
  if (status === 202) return { accepted: to, rejected: [], undecided: [], response: words, failure: null }
  // RFC 9110, sections 15.6.1, 15.6.3 and 15.6.5: somebody behind the one who answers may have taken it.
  if (status >= 500 && status !== 503) {
    const message = `Microsoft Graph failed on the mail (${words}), and may have sent it or not; look into Sent Items before you send it again`
    return unknownHandover(new IncidentMailerError('OUTCOME_UNKNOWN', message), to)
  }
  if (status === 413) return refused(to, words, { code: 552, enhancedCode: '5.3.4' })
  if (status === 400) return refused(to, words)
  if (status === 429 || status === 503) {
    const retryAfter = milliseconds(answer.retryAfter)
    const failure = failed('TRANSPORT_FAILED', `Microsoft Graph asks to come back later (${words})`, true)
    return { ...failedHandover(failure, to), ...(retryAfter !== null && { retryAfter }) }
  }
  if (status === 401 || status === 403) {
    const advice =
      status === 401
        ? 'check transport.graph.oauth'
        : 'the application needs the permission Mail.Send, and the mailbox must be one it may use'
    return failedHandover(
      failed('AUTHENTICATION_FAILED', `Microsoft Graph does not let this token send (${words}); ${advice}`),
      to,
    )
  }
  if (status === 404)
    return failedHandover(
      failed(
        'TRANSPORT_FAILED',
        `Microsoft Graph knows no such mailbox (${words}); check transport.graph.user`,
      ),
      to,
    )
  return failedHandover(
    failed('PROTOCOL_ERROR', `Microsoft Graph answered with something else (${words})`),
    to,
  )
}

/** No answer. What was not sent for sure, of which our own errors tell, is told from what may have been. */
export function lostHandover(thrown: unknown, to: readonly string[]): Handover {
  if (thrown instanceof IncidentMailerError) return failedHandover(thrown, to)
  const message =
    'the connection to Microsoft Graph was lost, or the time was up, before there was an answer, so the mail may have been sent or not; look into Sent Items before you send it again'
  return unknownHandover(new IncidentMailerError('OUTCOME_UNKNOWN', message, { cause: thrown }), to)
}

/** Whether a body of so many octets is more than Graph takes at once. */
export function isTooLarge(octets: number): boolean {
  return octets > LARGEST
}

/** The refusal, on Graph's behalf, of a message that it would answer with 413. */
export function tooLargeFor(to: readonly string[], octets: number): Handover {
  const message = `the mail has ${octets.toLocaleString('en-US')} octets in base64, and Microsoft Graph takes ${LARGEST.toLocaleString('en-US')} at most; send smaller or fewer attachments, or use SMTP`
  return refused(to, message, { code: 552, enhancedCode: '5.3.4' })
}

/** Microsoft's limit of a request to `sendMail`; of S/MIME messages, its document says the same of drafts. */
const LARGEST = 4 * 1024 * 1024

function refused(
  to: readonly string[],
  message: string,
  { code, enhancedCode }: { code: number | null; enhancedCode: string | null } = {
    code: null,
    enhancedCode: null,
  },
): Handover {
  const rejected = to.map((address) => ({ address, code, enhancedCode, temporary: false, message }))
  return { accepted: [], rejected, undecided: [], response: null, failure: null }
}

function failed(code: IncidentMailerError['code'], message: string, temporary = false): IncidentMailerError {
  return new IncidentMailerError(code, message, { temporary, field: 'transport.graph' })
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function milliseconds(retryAfter: string | null): number | null {
  if (retryAfter === null) return null
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now()
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}

/** `400 ErrorInvalidRecipients: At least one recipient is not valid., request 4f1e50e8`. */
function wordsOf({ status, requestId, text }: GraphAnswer, mask: Mask): string {
  const said = errorIn(text)
  const request = requestId === null ? '' : `, request ${requestId}`
  return printable(`${status}${said === '' ? '' : ` ${said}`}${request}`, mask)
}

function errorIn(text: string): string {
  try {
    const { error } = JSON.parse(text)
    return [error?.code, error?.message].filter((part) => typeof part === 'string').join(': ')
  } catch {
    return ''
  }
}
