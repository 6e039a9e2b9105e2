import { IncidentMailerError } from '../../errors.js'
import type { WebWay } from '../../network/web-fetch.js'
import type { StageContext } from '../../pipeline.js'
import { askWeb, type Reply } from './ask.js'
import { patiently, waited } from './patience.js'

/**
 * Uploads a file into a session, range after range, and goes on where the server says when it was interrupted. The
 * URL is all that the server asks for: a secret, and the token is not sent along.
 *
 * @returns null when the server has the file, or the reply that ended the upload
 */
export async function upload(
  url: URL,
  content: Buffer,
  way: WebWay,
  context: StageContext,
): Promise<Reply | null> {
  const { signal } = context
  const secrets = [url.href, ...url.searchParams.values()]
  const ask = (method: string, headers: Record<string, string>, body: Uint8Array | string) =>
    askWeb(way, { url: url.href, method, headers, body, signal }, secrets)
  const put = (start: number, end: number) =>
    ask(
      'PUT',
      {
        'Content-Type': 'application/octet-stream',
        'Content-Range': `bytes ${start}-${end - 1}/${content.length}`,
      },
      content.subarray(start, end),
    )

  let start = 0
  for (let stumbles = 0; ; ) {
    const end = Math.min(start + RANGE, content.length)
    const reply = await patiently(() => put(start, end), context)
    const status = reply.answer?.status
    if (status === 201 && end === content.length) return null
    if (status === 200) {
      const next = nextStart(reply) ?? end
      // Otherwise it would never end.
      if (next <= start || next >= content.length) return reply
      start = next
      continue
    }
    if (!isInterrupted(reply) || !(await waited(++stumbles, context))) return reply
    const state = await ask('GET', {}, '')
    const next = state.answer?.status === 200 ? nextStart(state) : null
    if (next === null || next >= content.length) return reply
    start = next
  }
}

/** Whether nobody knows how much of the range has arrived. */
function isInterrupted({ answer, thrown }: Reply): boolean {
  if (answer) return answer.status >= 500 && answer.status !== 503
  return !(thrown instanceof IncidentMailerError) || thrown.code === 'CONNECTION_FAILED'
}

/** Where the server wants to go on: `2097152`, `0-` or `1998457-2097094`; null where it does not say. */
function nextStart({ answer }: Reply): number | null {
  try {
    const { nextExpectedRanges, NextExpectedRanges } = JSON.parse(answer?.text ?? '')
    const [, start] = /^(\d{1,15})(?:-\d*)?$/.exec(`${(nextExpectedRanges ?? NextExpectedRanges)[0]}`) ?? []
    return start === undefined ? null : Number(start)
  } catch {
    return null
  }
}

/** Less than the 4 MB that Microsoft asks for, and whole times the 320 KiB that it asks for elsewhere. In octets. */
const RANGE = 10 * 320 * 1024
