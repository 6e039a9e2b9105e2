import type { IncomingMessage, ServerResponse } from 'node:http'
import { IncidentMailerError } from '../../errors.js'

/** What is sent back. */
export interface Answer {
  /** Default 200. */
  readonly status?: number
  readonly type: string
  readonly body: string | Uint8Array
  /** The content security policy. Default: nothing may be loaded, run or framed. */
  readonly policy?: string
  /** The name under which a browser saves it. Default: it is shown. */
  readonly download?: string
}

/** The page's own policy: its own files, and nothing that a mail brings along. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Sends an answer with what keeps it where it belongs. */
export function send(response: ServerResponse, answer: Answer): void {
  const { status = 200, type, body, download } = answer
  response.writeHead(status, {
    ...SAFE_HEADERS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Content-Security-Policy': answer.policy ?? "default-src 'none'; frame-ancestors 'none'; sandbox",
    ...(download !== undefined && {
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(download).replaceAll("'", '%27')}`,
    }),
  })
  response.end(body)
}

/** What every answer says. */
export const SAFE_HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-DNS-Prefetch-Control': 'off',
} as const

/** An answer in JSON. */
export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) }
}

/** A request's body as JSON. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > LARGEST) throw invalid('the page sent too much')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw invalid('the page sent no JSON')
  }
}

function invalid(message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_REQUEST', message, { stage: 'request' })
}

/** In octets: an incident with files in it. */
const LARGEST = 64 * 1024 * 1024
