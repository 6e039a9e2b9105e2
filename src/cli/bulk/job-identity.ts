import { createHash } from 'node:crypto'
import type { MailRequest } from '../../mail.js'

/**
 * Makes the function that tells a job by what its line says, and the second of two equal lines from the first.
 * Not by the line's number: a line that someone puts in above must not make every other job a new one.
 */
export function jobIdentities(): (line: Uint8Array) => string {
  const seen = new Map<string, number>()
  return (line) => {
    const text = Buffer.from(line).toString('latin1').trim()
    const hash = createHash('sha256').update(text, 'latin1').digest('base64url').slice(0, 22)
    const nth = (seen.get(hash) ?? 0) + 1
    seen.set(hash, nth)
    return nth === 1 ? hash : `${hash}.${nth}`
  }
}

/**
 * The request with a Message-ID that every run on one journal gives it, unless it chooses its own: should a mail
 * arrive twice in spite of everything, servers and people see that it is one.
 */
export function withSteadyMessageId(request: MailRequest, journal: string, job: string): MailRequest {
  const { messageId, idempotencyKey, headers = {} } = request
  const own = Object.keys(headers).some((name) => name.toLowerCase() === 'message-id')
  if (own || messageId || idempotencyKey !== undefined) return request
  return { ...request, idempotencyKey: `${journal}/${job}` }
}
