import type { Socket } from 'node:net'
import type { IncidentMailerError } from '../../errors.js'
import { openSocket, systemCode } from '../../network/open-socket.js'
import { asNodemailerError, smtpError } from './error.js'
import { PERHAPS_BLOCKED } from './progress.js'
import { maskOfSettings, type SmtpSettings } from './settings.js'

/**
 * A socket to the mail server, through the proxy where there is one.
 *
 * @throws IncidentMailerError `CONNECTION_FAILED`; `AUTHENTICATION_FAILED` and `PROTOCOL_ERROR` of a proxy; `TIMEOUT`,
 * `ABORTED`
 */
export function connected(settings: SmtpSettings, signal: AbortSignal | undefined): Promise<Socket> {
  return openSocket(settings, signal, {
    advice: PERHAPS_BLOCKED,
    error: (thrown) => troubleOf(settings, thrown, 'ESOCKET'),
  })
}

/** A system's error, as nodemailer would have passed it on. */
export function troubleOf(settings: SmtpSettings, thrown: unknown, code: string): IncidentMailerError {
  const error = asNodemailerError(thrown)
  const wrapped = Object.assign(new Error(error.message), { code, originalCode: systemCode(error) })
  const { host, port } = settings
  return smtpError(wrapped, { server: `${host}:${port}`, mask: maskOfSettings(settings) })
}
