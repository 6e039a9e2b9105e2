import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  type CheckReport,
  type CheckStep,
  checkReport,
  StepFailed,
  type StepRunner,
  stepRunner,
} from '../check-steps.js'
import { asError } from '../errors.js'
import { authority } from '../network/authority.js'
import { nameOf, proxyError } from '../network/proxy.js'
import type { StageContext } from '../pipeline.js'
import { quoted } from '../quoted.js'
import { maskOf } from '../secrets.js'
import { untilAborted } from '../until-aborted.js'
import { DEFAULT_TRANSPORT } from './deliver.js'
import { checkFolder } from './folder.js'
import { checkGraph } from './graph/graph.js'
import { asNodemailerError, transporterError } from './nodemailer-error.js'
import { type Foreign, transporterOf } from './plugin.js'
import { checkSendmail } from './sendmail.js'
import type { Authentication } from './smtp/auth.js'
import { connected, unreachable } from './smtp/connect.js'
import { openSession, type SmtpSession } from './smtp/session.js'
import { type SmtpSettings, smtpWarnings } from './smtp/settings.js'
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
  const { host, port, proxy } = settings
  const first = proxy?.host ?? host
  await step(
    'dns',
    () => untilAborted(signal, `address of ${first}`, () => resolved(settings)),
    (addresses) =>
      `${first} is ${addresses.join(', ')}${proxy ? `; it is the proxy, which looks up ${host}` : ''}`,
  )
  const socket = await step(
    'connect',
    () => connected(settings, signal),
    ({ remoteAddress }) =>
      proxy
        ? `${nameOf(proxy)} has connected to ${authority(settings)}`
        : `${remoteAddress} listens on port ${port}`,
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
  const { host, proxy } = settings
  const name = proxy?.host ?? host
  if (isIP(name)) return [name]
  try {
    const found = await lookup(name, { all: true })
    return found.map(({ address }) => address)
  } catch (thrown) {
    if (proxy) throw proxyError(proxy, 'was not found', { cause: thrown })
    throw unreachable(settings, asError(thrown))
  }
}

function tlsLine({ socket }: SmtpSession, settings: SmtpSettings): string {
  const known = smtpWarnings(settings)
  const warnings = known.map(({ message }) => `; ${message}`).join('')
  if (!(socket instanceof TLSSocket)) {
    const plaintext = settings.tls === 'none' ? 'no TLS, as transport.tls says' : 'no TLS is offered'
    const isSaid = known.some(({ code }) => code === 'PLAINTEXT_CONNECTION')
    const why = isSaid ? '' : `; nothing is encrypted, which is taken since ${settings.host} is this machine`
    return `the server greets; ${plaintext}${why}${warnings}`
  }
  const { subject, valid_to: end } = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(end) - Date.now()) / 86_400_000)
  const name = [subject?.CN].flat()[0] ?? settings.host
  const line = `${socket.getProtocol()}, certificate of ${quoted(name)} valid for ${days} more days`
  return line + warnings
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
    throw transporterError(asNodemailerError(thrown), {
      server: "the transport's server",
      mask: maskOf(null),
    })
  }
}
