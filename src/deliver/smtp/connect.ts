import { connect, type Socket } from 'node:net'
import { IncidentMailerError } from '../../errors.js'
import { throwIfAborted } from '../../pipeline.js'
import { stopped } from '../../until-aborted.js'
import { asNodemailerError, smtpError } from './error.js'
import { PERHAPS_BLOCKED } from './progress.js'
import { nameOf, proxyError } from './proxy.js'
import { maskOfSettings, type SmtpSettings } from './settings.js'

/**
 * A socket to the mail server, through the proxy where there is one.
 *
 * @throws IncidentMailerError `CONNECTION_FAILED`; `AUTHENTICATION_FAILED` and `PROTOCOL_ERROR` of a proxy; `TIMEOUT`,
 * `ABORTED`
 */
export function connected(settings: SmtpSettings, signal: AbortSignal | undefined): Promise<Socket> {
  const { host, port, proxy, localAddress, connectionTimeout } = settings
  const first = proxy ?? { host, port }
  return new Promise((resolve, reject) => {
    throwIfAborted(signal)
    const local = localAddress === null ? {} : { localAddress }
    const socket = connect({ host: first.host, port: first.port, ...local })
    let awaited = `connection to ${proxy ? nameOf(proxy) : `${host}:${port}`}`
    let advice = proxy ? PROXY_ADVICE : PERHAPS_BLOCKED
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
      const field = proxy ? { field: 'transport.proxy' } : {}
      const message = `no ${awaited} within ${connectionTimeout} ms; ${advice}`
      fail(new IncidentMailerError('CONNECTION_FAILED', message, { temporary: true, ...field }))
    }
    const broken = (error: Error) => {
      const code = systemCode(error)
      fail(
        proxy
          ? proxyError(proxy, `cannot be reached (${code ?? 'no reason given'})`, { cause: error })
          : troubleOf(settings, error, 'ESOCKET'),
      )
    }
    const timer = setTimeout(late, connectionTimeout)
    signal?.addEventListener('abort', stop, { once: true })
    socket.once('error', broken)
    socket.once('connect', () => {
      if (!proxy) return finish(() => resolve(socket))
      // From now on an error is one of the conversation with the proxy, which tells of it.
      socket.off('error', broken).on('error', () => {})
      awaited = `answer from ${nameOf(proxy)}`
      advice = PROXY_ADVICE
      import('./proxy-handshake.js')
        .then(({ askProxy }) => askProxy(proxy, socket, { host, port }))
        .then(() => finish(() => resolve(socket)), fail)
    })
  })
}

/** A system's error, as nodemailer would have passed it on. */
export function troubleOf(settings: SmtpSettings, thrown: unknown, code: string): IncidentMailerError {
  const error = asNodemailerError(thrown)
  const wrapped = Object.assign(new Error(error.message), { code, originalCode: systemCode(error) })
  const { host, port } = settings
  return smtpError(wrapped, { server: `${host}:${port}`, mask: maskOfSettings(settings) })
}

/** Where several addresses were tried, the code of the first. */
function systemCode(error: Error & { readonly code?: string }): string | undefined {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return error.code ?? (first instanceof Error && 'code' in first ? String(first.code) : undefined)
}

const PROXY_ADVICE = 'check transport.proxy, and the firewalls on the way'
