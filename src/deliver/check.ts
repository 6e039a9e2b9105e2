import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  type CheckReport,
  type CheckStep,
  checkReport,
  StepFailed,
  type StepRunner,
  stepRunner,
} from '../check-steps.js'
import { IncidentMailerError } from '../errors.js'
import type { StageContext } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { stopped, untilAborted } from '../until-aborted.js'
import { DEFAULT_TRANSPORT } from './deliver.js'
import { checkFolder } from './folder.js'
import { checkGraph } from './graph.js'
import { type Foreign, transporterOf } from './plugin.js'
import { maskOf } from './secrets.js'
import { checkSendmail } from './sendmail.js'
import { openSession, type SmtpSession } from './smtp.js'
import type { Authentication } from './smtp-auth.js'
import { asNodemailerError, smtpError } from './smtp-error.js'
import { PERHAPS_BLOCKED } from './smtp-progress.js'
import { maskOfSettings, type SmtpSettings, smtpWarnings } from './smtp-settings.js'
import { type KnownTransport, knownTransport, type Transport } from './transport.js'

/**
 * Tries the way to the server, one step after the other, by the same means that mails go, and stops at the
 * first that fails. Nothing is sent.
 *
 * @throws IncidentMailerError `INVALID_CONFIG` for a transport that cannot be one; `TIMEOUT` or `ABORTED`
 * when the signal fired
 */
export async function checkTransport(
  transport: Transport | undefined,
  context: StageContext,
): Promise<CheckReport> {
  const known = knownTransport(transport === undefined ? DEFAULT_TRANSPORT : transport)
  const steps: CheckStep[] = []
  const step = stepRunner(steps, context.signal)
  await checkWay(known, transport === undefined, context.signal, step)
  return checkReport(steps)
}

/** Goes as far along a way as it leads. Of several, each. */
async function checkWay(
  known: KnownTransport,
  byDefault: boolean,
  signal: AbortSignal | undefined,
  step: StepRunner,
): Promise<void> {
  if (known.kind === 'several') {
    for (const way of known.ways) await checkWay(way.known, false, signal, step)
    return
  }
  try {
    if (known.kind === 'smtp') await checkSmtp(known.settings, signal, step)
    else if (known.kind === 'graph')
      await step(
        'graph',
        () => checkGraph(known.settings, signal),
        (text) => text,
      )
    else if (known.kind === 'sendmail')
      await step(
        'sendmail',
        () => checkSendmail(known.options),
        (path) => `mails are handed to ${path}`,
      )
    else if (known.kind === 'folder')
      await step(
        'folder',
        () => checkFolder(known.options, signal),
        (path) =>
          byDefault
            ? `no transport is configured: mails go to ${path} and to nobody; set transport`
            : `mails are written to ${path}`,
      )
    else
      await step(
        'transporter',
        () => untilAborted(signal, 'answer from the transport', () => checkTransporter(known)),
        (text) => text,
      )
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
  }
}

async function checkSmtp(
  settings: SmtpSettings,
  signal: AbortSignal | undefined,
  step: StepRunner,
): Promise<void> {
  const { host, port } = settings
  await step(
    'dns',
    () => untilAborted(signal, `address of ${host}`, () => resolved(settings)),
    (addresses) => `${host} is ${addresses.join(', ')}`,
  )
  const socket = await step(
    'connect',
    () => connected(settings, signal),
    ({ remoteAddress }) => `${remoteAddress} listens on port ${port}`,
  )
  let session: SmtpSession | undefined
  try {
    const open = await step(
      'tls',
      () => openSession(settings, signal, socket),
      (open) => tlsLine(open, settings),
    )
    session = open
    await step('offered', async () => open.offered, offeredLine)
    await step(
      'authenticate',
      () => open.authenticate(signal),
      (done) => authenticationLine(done, settings),
    )
  } finally {
    if (session) await session.end()
    else socket.destroy()
  }
}

async function resolved(settings: SmtpSettings): Promise<readonly string[]> {
  if (isIP(settings.host)) return [settings.host]
  try {
    const found = await lookup(settings.host, { all: true })
    return found.map(({ address }) => address)
  } catch (thrown) {
    throw troubleOf(settings, thrown, 'EDNS')
  }
}

function connected(settings: SmtpSettings, signal: AbortSignal | undefined): Promise<Socket> {
  const { host, port, connectionTimeout } = settings
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      settle()
    }
    const fail = (error: Error) => {
      socket.destroy()
      finish(() => reject(error))
    }
    const since = performance.now()
    const awaited = `connection to ${host}:${port}`
    const stop = () => signal && fail(stopped(signal, { awaited, since, advice: PERHAPS_BLOCKED }))
    const late = () =>
      new IncidentMailerError(
        'CONNECTION_FAILED',
        `no ${awaited} within ${connectionTimeout} ms; ${PERHAPS_BLOCKED}`,
        { temporary: true },
      )
    const timer = setTimeout(() => fail(late()), connectionTimeout)
    signal?.addEventListener('abort', stop, { once: true })
    socket.once('error', (error) => fail(troubleOf(settings, error, 'ESOCKET')))
    socket.once('connect', () => finish(() => resolve(socket)))
  })
}

/** A system's error, as nodemailer would have passed it on. */
function troubleOf(settings: SmtpSettings, thrown: unknown, code: string): IncidentMailerError {
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

function tlsLine({ socket }: SmtpSession, settings: SmtpSettings): string {
  const warnings = smtpWarnings(settings).map(({ message }) => `; ${message}`)
  if (!(socket instanceof TLSSocket)) return `the server greets; no TLS${warnings.join('')}`
  const { subject, valid_to: end } = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(end) - Date.now()) / 86_400_000)
  const name = [subject?.CN].flat()[0] ?? settings.host
  const line = `${socket.getProtocol()}, certificate of ${quoted(name)} valid for ${days} more days`
  return line + warnings.join('')
}

function authenticationLine(
  { mechanism, failures }: Authentication,
  { auth, oauth, authType }: SmtpSettings,
): string {
  const before = failures.map(({ message }) => `${message}; then `).join('')
  const user = oauth?.user ?? auth?.user ?? ''
  if (mechanism !== null) return `${before}${quoted(user)} is logged in by ${mechanism}`
  if (failures.length > 0) return `${before}nobody is logged in, as allowUnauthenticated allows`
  return authType === 'none' ? 'nobody logs in, as authType says' : 'no user name and password are configured'
}

function offeredLine({ extensions, mechanisms, maximumSize }: SmtpSession['offered']): string {
  const shown = extensions.filter((keyword) => !['AUTH', 'SIZE'].includes(keyword))
  return [
    shown.length > 0 ? shown.join(' ') : 'no extensions',
    mechanisms.length > 0 ? `AUTH ${mechanisms.join(' ')}` : 'no AUTH',
    maximumSize === null ? 'no limit of size' : `up to ${maximumSize} octets`,
  ].join(', ')
}

async function checkTransporter(foreign: Foreign): Promise<string> {
  const transporter = await transporterOf(foreign)
  if (typeof transporter.verify !== 'function') return 'the transport has no way to check itself'
  try {
    await transporter.verify()
    return 'the transport says it is ready'
  } catch (thrown) {
    throw smtpError(asNodemailerError(thrown), { server: "the transport's server", mask: maskOf(null) })
  }
}
