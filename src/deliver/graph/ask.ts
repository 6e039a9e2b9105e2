import type { WebRequest, WebWay } from '../../network/web-fetch.js'
import { type Mask, maskOf } from '../../secrets.js'
import type { GraphSettings } from './settings.js'

/** What Graph said. */
export interface GraphAnswer {
  readonly status: number
  readonly retryAfter: string | null
  /** By which Microsoft's support finds the request. */
  readonly requestId: string | null
  readonly text: string
}

/** What came of a request: an answer, or else what was thrown for want of one. */
export interface Reply {
  readonly answer: GraphAnswer | null
  readonly thrown: unknown
  /** Takes out of an answer's words what was secret in the request. */
  readonly mask: Mask
}

/** A request to Graph, without what is the same in all of them. */
export interface Asked extends Partial<Omit<WebRequest, 'headers' | 'signal'>> {
  readonly url: string
  /** The Content-Type of the body. Default: there is none. */
  readonly type?: string
}

/**
 * Asks Graph with a token, and once more with a new one where it no longer takes that: a token may be withdrawn
 * before its time. A second refusal is one.
 *
 * @throws IncidentMailerError where no token can be had
 */
export async function askGraph(
  { provider, way }: GraphSettings,
  { type, ...asked }: Asked,
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const ask = async (token: string) => {
    const headers = { Authorization: `Bearer ${token}`, ...(type !== undefined && { 'Content-Type': type }) }
    return await askWeb(way, { method: 'POST', body: '', ...asked, headers, signal }, [token])
  }
  const token = await provider.token(signal)
  const first = await ask(token)
  if (first.answer?.status !== 401) return first
  const renewed = await ask(await provider.renew(token, signal))
  return { ...renewed, mask: (words) => first.mask(renewed.mask(words)) }
}

/**
 * Asks a web server.
 *
 * @param secrets - what of the request must not be repeated
 */
export async function askWeb(
  way: WebWay,
  { url, ...request }: WebRequest & { readonly url: string },
  secrets: readonly string[],
): Promise<Reply> {
  const mask = (words: string) => secrets.reduce((masked, pass) => maskOf({ user: '', pass })(masked), words)
  const { webFetch } = await import('../../network/web-fetch.js')
  try {
    const response = await webFetch(new URL(url), request, way)
    const text = await response.text().catch(() => '')
    const retryAfter = response.headers.get('retry-after')
    const requestId = response.headers.get('request-id')
    return { answer: { status: response.status, retryAfter, requestId, text }, thrown: null, mask }
  } catch (thrown) {
    return { answer: null, thrown, mask }
  }
}
