import { connect, type Socket } from 'node:net'
import { IncidentMailerError } from '../errors.js'
import { throwIfAborted } from '../pipeline.js'
import { stopped } from '../until-aborted.js'
import { authority } from './authority.js'
import { nameOf, type ProxySettings, proxyError } from './proxy.js'

/** Where a connection leads, and how. */
export interface Route {
  readonly host: string
  readonly port: number
  readonly proxy: ProxySettings | null
  /** The address of this machine to connect from, or null for one of the system's choice. */
  readonly localAddress: string | null
  /** The time for all of it, in milliseconds. */
  readonly connectionTimeout: number
}

/** What is said of a server that cannot be reached directly; a proxy that cannot is told of in its own words. */
export interface Unreachable {
  /** What helps where it does not even say no. */
  readonly advice: string
  /** The error for the system's. */
  error(thrown: Error, systemCode: string | undefined): Error
}

/**
 * A socket to a server, through the proxy where there is one, and then never around it.
 *
 * @throws IncidentMailerError `CONNECTION_FAILED`; `AUTHENTICATION_FAILED` and `PROTOCOL_ERROR` of a proxy; `TIMEOUT`,
 * `ABORTED`
 */
export function openSocket(
  { host, port, proxy, localAddress, connectionTimeout }: Route,
  signal: AbortSignal | undefined,
  unreachable: Unreachable,
): Promise<Socket> {
  const first = proxy ?? { host, port }
  return new Promise((resolve, reject) => {
    throwIfAborted(signal)
    const local = localAddress === null ? {} : { localAddress }
    const socket = connect({
      ...{ host: first.host, port: first.port, ...local },
      autoSelectFamilyAttemptTimeout: Math.min(connectionTimeout, ATTEMPT),
    })
    const proxyAdvice = proxy && `check ${proxy.field}, and the firewalls on the way`
    let awaited = `connection to ${proxy ? nameOf(proxy) : authority({ host, port })}`
    const advice = proxyAdvice ?? unreachable.advice
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      socket.off('error', broken)
      settle()
    }
    const fail = (error: Error) => {
      finish(() => reject(error))
      socket.on('error', () => {}).destroy()
    }
    const since = performance.now()
    const stop = () => signal && fail(stopped(signal, { awaited, since, advice }))
    const late = () => {
      const message = `no ${awaited} within ${connectionTimeout} ms; ${advice}`
      fail(
        new IncidentMailerError('CONNECTION_FAILED', message, {
          ...{ temporary: true, ...(proxy && { field: proxy.field }) },
        }),
      )
    }
    const broken = (error: Error) => {
      const code = systemCode(error)
      fail(
        proxy
          ? proxyError(proxy, `cannot be reached (${code ?? 'no reason given'})`, { cause: error })
          : unreachable.error(error, code),
      )
    }
    const timer = setTimeout(late, connectionTimeout)
    signal?.addEventListener('abort', stop, { once: true })
    socket.once('error', broken)
    socket.once('connect', () => {
      // From now on an error is one of the conversation, and whoever leads it tells of it.
      socket.off('error', broken).on('error', () => {})
      if (!proxy) return finish(() => resolve(socket))
      awaited = `answer from ${nameOf(proxy)}`
      import('./proxy-handshake.js')
        .then(({ askProxy }) => askProxy(proxy, socket, { host, port }))
        .then(() => finish(() => resolve(socket)), fail)
    })
  })
}

/** The system's code of an error. Where several addresses were tried, that of the first. */
export function systemCode(error: Error & { readonly code?: string }): string | undefined {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return error.code ?? (first instanceof Error && 'code' in first ? String(first.code) : undefined)
}

/**
 * How long to try one address of several, in milliseconds. Node's own quarter of a second is less than the way to
 * a satellite and back takes twice.
 */
const ATTEMPT = 1_000
