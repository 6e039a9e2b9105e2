import { IncidentMailerError } from '../../errors.js'
import { abortError, type StageContext } from '../../pipeline.js'
import { failedHandover, type Handover, unknownHandover } from '../handover.js'
import { failed, LOOK, refusalOf, wordsOf } from './answer.js'
import type { Reply } from './ask.js'

/** What is done to a draft before it is sent: made, given a small file, given a large one. */
type DraftStep = 'draft' | 'file' | 'upload'

/** What becomes of a mail whose draft was not finished, and so was not sent. */
export function stoppedBy(
  reply: Reply,
  to: readonly string[],
  step: DraftStep,
  { signal }: StageContext,
): Handover {
  const { answer, thrown } = reply
  if (signal?.aborted) return failedHandover(abortError(signal), to)
  if (answer === null) {
    if (thrown instanceof IncidentMailerError) return failedHandover(thrown, to)
    const message = `the connection was lost while ${DOING[step]}; nothing was sent, try again later`
    return failedHandover(
      new IncidentMailerError('CONNECTION_FAILED', message, { temporary: true, cause: thrown }),
      to,
    )
  }
  const { status } = answer
  const isOver = step === 'upload' && [401, 403, 404, 410].includes(status)
  if (isOver || (step === 'file' && status === 404) || (status >= 500 && status !== 503)) {
    const what = isOver ? 'ended the upload session' : 'failed'
    const message = `Microsoft Graph ${what} while ${DOING[step]} (${wordsOf(reply)}); nothing was sent, try again later`
    return failedHandover(failed('TRANSPORT_FAILED', message, true), to)
  }
  return refusalOf(reply, answer, to, PERMISSION)
}

/** Whether nobody knows if what was asked has been done. */
export function mayHaveBeenDone({ answer, thrown }: Reply): boolean {
  if (answer) return answer.status >= 500 && answer.status !== 503
  return !(thrown instanceof IncidentMailerError)
}

/** Whether a finished draft was not there any more when it was to be sent. */
export function isDraftGone({ answer }: Reply): boolean {
  return answer?.status === 404
}

/** A draft that is gone may have been sent: by hand, or by a request before, whose answer was that Graph is busy. */
export function withoutDraft(reply: Reply, to: readonly string[]): Handover {
  const message = `Microsoft Graph no longer has the draft of the mail (${wordsOf(reply)}), which may have been sent or not; ${LOOK}`
  return unknownHandover(new IncidentMailerError('OUTCOME_UNKNOWN', message), to)
}

const DOING: Record<DraftStep, string> = {
  draft: 'the draft of a mail of more than 4 MB was made',
  file: 'a file was added to the draft of a mail of more than 4 MB',
  upload: 'a large file was uploaded to the draft of a mail',
}

const PERMISSION =
  'a mail of more than 4 MB goes as a draft, for which the application needs the permission Mail.ReadWrite beside Mail.Send, and with a refresh token the mailbox must be that of who agreed'
