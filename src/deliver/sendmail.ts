import { spawn } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { assertMayStart } from '../assert-may-start.js'
import { codeOf, IncidentMailerError, messageOf } from '../errors.js'
import type { DsnRequest } from '../mail.js'
import { refuseUnknownOptions } from '../options.js'
import { throwIfAborted } from '../pipeline.js'
import { printable } from '../printable.js'
import { withoutDsn } from './dsn.js'
import {
  announce,
  type Carrier,
  failedHandover,
  type Handover,
  type Parcel,
  unknownHandover,
} from './handover.js'
import { invalidTransport } from './invalid-transport.js'

/** The sendmail program of this machine: Postfix, Exim, OpenSMTPD, msmtp and others have one. */
export interface SendmailOptions {
  /** Its path: `/usr/sbin/sendmail`. Called without a shell. */
  readonly sendmail: string
  /** Arguments of one's own, before ours. Default: none. */
  readonly args?: readonly string[]
  /**
   * Whether it takes `-N`, `-R` and `-V` for delivery status notifications, as those of Postfix and Sendmail do.
   * To Exim `-N` means not to deliver at all. Default false: a mail that asks for notifications is refused.
   */
  readonly dsn?: boolean
}

/**
 * Hands mails to a sendmail program, on its stdin: `-i`, so that a line with a lone dot does not end the mail, `-f`
 * with the envelope's sender, and the recipients after `--`. What its exit code says is what the report says
 * (sysexits.h); once it has read the mail, any other end leaves the outcome unknown.
 */
export function sendmailCarrier(options: SendmailOptions): Carrier {
  const carrier: Carrier = {
    warnings: [],
    async send(parcel, context) {
      throwIfAborted(context.signal)
      const asking = dsnArguments(parcel.dsn)
      await checkSendmail(options)
      await announce(parcel, context)
      throwIfAborted(context.signal)
      const end = await run(options, asking, parcel, context.signal)
      context.logger?.debug({ messageId: parcel.messageId, exitCode: end.code }, 'sendmail has ended')
      return handoverOf(parcel, end, options)
    },
    async close() {},
  }
  return options.dsn
    ? carrier
    : withoutDsn(carrier, 'transport.dsn does not say that this sendmail program takes -N, -R and -V')
}

/** Whether the program can be called. */
export async function checkSendmail({ sendmail }: SendmailOptions): Promise<string> {
  try {
    await access(sendmail, constants.X_OK)
    return sendmail
  } catch (cause) {
    const code = codeOf(cause) === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE'
    const message = `transport.sendmail: ${sendmail} cannot be called: ${messageOf(cause)}`
    throw new IncidentMailerError(code, message, { field: 'transport.sendmail', cause })
  }
}

/**
 * How these programs are asked for notifications. They do not agree on whether `-V` is in xtext (RFC 3461, section 4):
 * an id that would look otherwise in it is none for them.
 */
function dsnArguments(dsn: DsnRequest | undefined): readonly string[] {
  if (dsn === undefined) return []
  const { notify, envelopeId } = dsn
  if (envelopeId !== null && !/^[!-*,-<>-~]+$/.test(envelopeId))
    throw new IncidentMailerError(
      'INVALID_REQUEST',
      'dsn.envelopeId: a sendmail program takes no space, + or = in it; choose another',
      { field: 'dsn.envelopeId' },
    )
  const id = envelopeId === null ? [] : ['-V', envelopeId]
  return ['-N', [notify].flat().join(','), '-R', dsn.return === 'full' ? 'full' : 'hdrs', ...id]
}

interface End {
  readonly code: number | null
  readonly words: string
  /** Whether it was started at all. */
  readonly started: boolean
  /** Whether it has the mail's last octet. */
  readonly whole: boolean
}

function run(
  { sendmail, args = [] }: SendmailOptions,
  asking: readonly string[],
  { from, to, bytes }: Parcel,
  signal: AbortSignal | undefined,
): Promise<End> {
  return new Promise((resolve) => {
    let words = ''
    let started = false
    let whole = false
    const child = spawn(sendmail, [...args, ...asking, '-i', '-f', from, '--', ...to], {
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    const stop = () => child.kill()
    const finish = (code: number | null) => {
      signal?.removeEventListener('abort', stop)
      resolve({ code, words: printable(words), started, whole })
    }
    signal?.addEventListener('abort', stop, { once: true })
    child.once('spawn', () => {
      started = true
    })
    child.once('error', (error) => {
      words = error.message
      finish(null)
    })
    child.stderr.on('data', (chunk) => {
      if (words.length < 2_000) words += chunk
    })
    child.once('close', (code) => finish(code))
    // A program that does not want to hear it all says why by its exit code.
    child.stdin.on('error', () => {})
    // It is a program of this system, whose files have line feeds.
    child.stdin.end(Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'), () => {
      whole = true
    })
  })
}

function handoverOf(
  { to }: Parcel,
  { code, words, started, whole }: End,
  options: SendmailOptions,
): Handover {
  const { sendmail } = options
  if (code === 0)
    return { accepted: to, rejected: [], undecided: [], response: `${sendmail} took it`, failure: null }
  const said = words === '' ? '' : `: ${words}`
  if (!started) {
    const failure = new IncidentMailerError('TRANSPORT_FAILED', `${sendmail} could not be started${said}`, {
      field: 'transport.sendmail',
    })
    return failedHandover(failure, to)
  }
  const meaning = code === null ? undefined : MEANINGS[code]
  if (meaning === undefined && whole) {
    const message = `${sendmail} ended with ${code ?? 'a signal'} after it had read the mail${said}; look into its queue before you send it again`
    const failure = new IncidentMailerError('OUTCOME_UNKNOWN', message)
    return unknownHandover(failure, to)
  }
  const { temporary, says } = meaning ?? { temporary: true, says: 'ended before it had read the mail' }
  const message = `${sendmail} ${says} (exit code ${code})${said}`
  const rejected = to.map((address) => ({ address, code: null, enhancedCode: null, temporary, message }))
  return { accepted: [], rejected, undecided: [], response: words === '' ? null : words, failure: null }
}

/** sysexits.h, as far as sendmail programs end with them and have not taken the mail. */
const MEANINGS: Readonly<Record<number, { readonly temporary: boolean; readonly says: string }>> = {
  64: { temporary: false, says: 'does not know these arguments' },
  65: { temporary: false, says: 'does not take a mail like this' },
  67: { temporary: false, says: 'does not know a recipient' },
  68: { temporary: false, says: "does not know a recipient's domain" },
  69: { temporary: true, says: 'is not available' },
  71: { temporary: true, says: 'lacks something of the system' },
  73: { temporary: true, says: 'cannot write its queue' },
  75: { temporary: true, says: 'asks to try again later' },
  77: { temporary: false, says: 'does not permit it' },
  78: { temporary: false, says: 'is not configured rightly' },
}

/** Checks the options. */
export function checkedSendmail(options: SendmailOptions): SendmailOptions {
  refuseUnknownOptions(options, { sendmail: true, args: true, dsn: true }, 'transport')
  const { sendmail, args = [], dsn = false } = options
  if (typeof sendmail !== 'string' || !isAbsolute(sendmail))
    throw invalidTransport('sendmail', 'must be the absolute path of a program, such as /usr/sbin/sendmail')
  if (!Array.isArray(args) || !args.every((argument) => typeof argument === 'string'))
    throw invalidTransport('args', 'must be a list of strings')
  if (typeof dsn !== 'boolean') throw invalidTransport('dsn', 'must be true or false')
  assertMayStart('transport.sendmail')
  return options
}
