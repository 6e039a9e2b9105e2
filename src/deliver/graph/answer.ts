import { IncidentMailerError } from '../../errors.js'
import { printable } from '../../printable.js'
import { failedHandover, type Handover, unknownHandover } from '../handover.js'
import type { GraphAnswer, Reply } from './ask.js'

/** What the reply to a request to send means for those who should get the mail. */
export function handoverOf(reply: Reply, to: readonly string[]): Handover {
  const { answer } = reply
  if (answer === null) return lostHandover(reply.thrown, to)
  const { status } = answer
  const words = wordsOf(reply)
  if (status === 202) return { accepted: to, rejected: [], undecided: [], response: words, failure: null }
  // RFC 9110, sections 15.6.1, 15.6.3 and 15.6.5: somebody behind the one who answers may have taken it.
  if (status >= 500 && status !== 503) {
    const message = `Microsoft Graph failed on the mail (${words}), and may have sent it or not; ${LOOK}`
    return unknownHandover(new IncidentMailerError('OUTCOME_UNKNOWN', message), to)
  }
  return refusalOf(
    reply,
    answer,
    to,
    'the application needs the permission Mail.Send, and the mailbox must be one it may use',
  )
}

/**
 * What an answer means with which certainly nothing was sent, whatever was asked.
 *
 * @param permission - what may be wrong where the token may not do it
 */
export function refusalOf(
  reply: Reply,
  answer: GraphAnswer,
  to: readonly string[],
  permission: string,
): Handover {
  const { status } = answer
  const words = wordsOf(reply)
  if (status === 413 || codeIn(answer.text) === 'ErrorMessageSizeExceeded') return tooLargeFor(to, words)
  if (status === 400) return refused(to, words, { code: null, enhancedCode: null })
  const retryAfter = busyFor(reply)
  if (retryAfter !== null) {
    const failure = failed('TRANSPORT_FAILED', `Microsoft Graph asks to come back later (${words})`, true)
    return { ...failedHandover(failure, to), ...(retryAfter > 0 && { retryAfter }) }
  }
  if (status === 401 || status === 403) {
    const advice = status === 401 ? 'check transport.graph.oauth' : permission
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
function lostHandover(thrown: unknown, to: readonly string[]): Handover {
  if (thrown instanceof IncidentMailerError) return failedHandover(thrown, to)
  const message = `the connection to Microsoft Graph was lost, or the time was up, before there was an answer, so the mail may have been sent or not; ${LOOK}`
  return unknownHandover(new IncidentMailerError('OUTCOME_UNKNOWN', message, { cause: thrown }), to)
}

/** What to do about a mail that may have been sent. */
export const LOOK = 'look into Sent Items, and into Drafts, before you send it again'

/** How long Graph wants to be left alone, having done nothing, in milliseconds: 0 for a while, null for not at all. */
export function busyFor({ answer }: Reply): number | null {
  if (answer === null || (answer.status !== 429 && answer.status !== 503)) return null
  return milliseconds(answer.retryAfter) ?? 0
}

/** The refusal, as SMTP words it, of a message that is too large for Graph. */
export function tooLargeFor(to: readonly string[], message: string): Handover {
  return refused(to, message, { code: 552, enhancedCode: '5.3.4' })
}

function refused(
  to: readonly string[],
  message: string,
  { code, enhancedCode }: { code: number | null; enhancedCode: string | null },
): Handover {
  const rejected = to.map((address) => ({ address, code, enhancedCode, temporary: false, message }))
  return { accepted: [], rejected, undecided: [], response: null, failure: null }
}

/** An error of Graph's. */
export function failed(
  code: IncidentMailerError['code'],
  message: string,
  temporary = false,
): IncidentMailerError {
  return new IncidentMailerError(code, message, { temporary, field: 'transport.graph' })
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function milliseconds(retryAfter: string | null): number | null {
  if (retryAfter === null) return null
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now()
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}

/** `400 ErrorInvalidRecipients: At least one recipient is not valid., request 4f1e50e8`. */
export function wordsOf({ answer, mask }: Reply): string {
  if (answer === null) return 'no answer'
  const { status, requestId, text } = answer
  const { code, message } = errorIn(text)
  const said = [code, message].filter((part) => typeof part === 'string').join(': ')
  const request = requestId === null ? '' : `, request ${requestId}`
  return printable(`${status}${said === '' ? '' : ` ${said}`}${request}`, mask)
}

function codeIn(text: string): unknown {
  return errorIn(text).code
}

function errorIn(text: string): { readonly code?: unknown; readonly message?: unknown } {
  try {
    return JSON.parse(text).error ?? {}
  } catch {
    return {}
  }
}
