import type { StageContext } from '../../pipeline.js'
import { failedHandover, type Handover } from '../handover.js'
import { failed } from './answer.js'
import { askGraph, type GraphAnswer } from './ask.js'
import { mayHaveBeenDone, stoppedBy } from './draft-answer.js'
import { DRAFT_LEFT } from './draft-warnings.js'
import type { GraphSettings } from './settings.js'

/** A message that lies in Drafts. */
export interface Draft {
  /** Where Graph has it. */
  readonly url: string
  /** The Message-ID that it has there; empty where Graph does not say. */
  readonly messageId: string
  /** For how many different people it is. */
  readonly recipients: number
}

/**
 * Puts a message into Drafts.
 *
 * @returns what became of the mail where that did not work
 */
export async function createDraft(
  settings: GraphSettings,
  to: readonly string[],
  message: Buffer,
  context: StageContext,
): Promise<Draft | Handover> {
  const url = `${settings.mailbox}/messages`
  const body = message.toString('base64')
  const asked = { url, type: 'text/plain', body, longestAnswer: LONGEST_ANSWER }
  const reply = await askGraph(settings, asked, context.signal)
  if (reply.answer?.status !== 201) {
    const failure = stoppedBy(reply, to, 'draft', context)
    return mayHaveBeenDone(reply) ? { ...failure, warnings: [DRAFT_LEFT] } : failure
  }
  const draft = draftIn(reply.answer, url)
  if (draft !== null) return draft
  const failure = failed(
    'PROTOCOL_ERROR',
    'Microsoft Graph made a draft and does not say which; nothing was sent',
  )
  return { ...failedHandover(failure, to), warnings: [DRAFT_LEFT] }
}

/** How many different people addresses name; a header may name one of them twice. */
export function different(addresses: readonly unknown[]): number {
  return new Set(addresses.map((address) => String(address).toLowerCase())).size
}

/** Gives a draft the mail's own Message-ID where Exchange has given it another; says which it has then. */
export async function withMessageId(
  settings: GraphSettings,
  { url, messageId }: Draft,
  wanted: string,
  { signal }: StageContext,
): Promise<string> {
  if (wanted === '' || messageId === wanted) return messageId
  const body = JSON.stringify({ internetMessageId: wanted })
  const asked = { method: 'PATCH', url, type: 'application/json', body, longestAnswer: LONGEST_ANSWER }
  const { answer } = await askGraph(settings, asked, signal)
  return (answer?.status === 200 && draftIn(answer, url)?.messageId) || messageId
}

/**
 * Deletes a draft, in a time of its own: that for the mail may be up.
 *
 * @returns whether it is gone for sure
 */
export async function removeDraft(settings: GraphSettings, { url }: Draft): Promise<boolean> {
  try {
    const { answer } = await askGraph(settings, { method: 'DELETE', url }, AbortSignal.timeout(PATIENCE))
    return answer?.status === 204 || answer?.status === 404
  } catch {
    return false
  }
}

/** The draft that an answer shows; null where it shows none, or not for whom it is. */
function draftIn({ text }: GraphAnswer, messages: string): Draft | null {
  try {
    const { id, internetMessageId, toRecipients, ccRecipients, bccRecipients } = JSON.parse(text)
    if (typeof id !== 'string' || id === '') return null
    const listed = [...toRecipients, ...ccRecipients, ...bccRecipients]
    return {
      url: `${messages}/${encodeURIComponent(id)}`,
      messageId: typeof internetMessageId === 'string' ? internetMessageId : '',
      // The name of a group without members has no address.
      recipients: different(listed.map((each) => each?.emailAddress?.address).filter(Boolean)),
    }
  } catch {
    return null
  }
}

/** It repeats the text of the mail, with Exchange's own markup around it. In octets. */
const LONGEST_ANSWER = 16 * 1024 * 1024

/** How long to wait until a draft is deleted, in milliseconds. */
const PATIENCE = 10_000
