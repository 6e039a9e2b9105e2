import { IncidentMailerError, messageOf } from '../errors.js'
import { maskAddress } from '../logger.js'
import type { Delivery, DeliveryReport, MimeMail, Warning } from '../mail.js'
import { millisecondsSince } from '../milliseconds-since.js'
import { messageBytes } from '../mime.js'
import { refuseUnknownOptions } from '../options.js'
import { abortError, defineStage, type Stage, type StageContext } from '../pipeline.js'
import { type DkimOptions, type DkimSigner, dkimSigner } from './dkim.js'
import { withoutDsn } from './dsn.js'
import { folderCarrier } from './folder.js'
import { graphCarrier } from './graph/graph.js'
import { type Carrier, failedHandover, type Handover, type Parcel } from './handover.js'
import { type LimitOptions, limitedCarrier } from './limits.js'
import { pluginCarrier } from './plugin.js'
import { reportOf, settle } from './report.js'
import { patientCarrier, type RetryOptions } from './retry.js'
import { sendmailCarrier } from './sendmail.js'
import { severalCarrier } from './several.js'
import { smtpCarrier } from './smtp/pool.js'
import {
  type Destination,
  destinationOf,
  type KnownTransport,
  knownTransport,
  placeOf,
  type Transport,
} from './transport.js'

/** How mails are delivered. */
export interface DeliverOptions {
  /** The way to the mail server. Default: the folder `outbox` in the working directory, with a warning. */
  readonly transport?: Transport
  /** Try again what failed for now. Default: no; whoever asked decides by the error's `temporary`. */
  readonly retry?: RetryOptions
  /** How much is handed over at once. Default: as much as the connections carry. */
  readonly limits?: LimitOptions
  /** Sign the finished mails for their domain, after S/MIME. Default: no DKIM-Signature. */
  readonly dkim?: DkimOptions
}

/** The stage, with connections that are kept open between mails. */
export interface DeliverStage extends Stage<MimeMail, DeliveryReport> {
  /** Where its mails go. */
  readonly destination: Destination
  /** Closes the connections that this stage opened. Mails under way are finished first. */
  close(): Promise<void>
}

/**
 * Makes the stage that hands a mail to a server, a folder, or a transport of nodemailer's, and tells what
 * became of each recipient. A mail is handed over once: no failure makes it send again what may have arrived.
 *
 * @example
 * ```ts
 * import { compose, deliver, pipeline, render } from 'incident-mailer'
 *
 * const delivered = deliver({ transport: { folder: './outbox' } })
 * const send = pipeline(render({}), compose({ from: 'SOC <soc@example.com>' }), delivered)
 * const report = await send({ to: 'ciso@example.com', subject: 'Hello', body: 'All quiet.' }, {})
 * console.log(report.outcome, report.serverResponse)
 * await delivered.close()
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG` at once for a transport that cannot be one, and what `dkim` lacks. For a mail:
 * `RECIPIENTS_REFUSED` when nobody was accepted and `OUTCOME_UNKNOWN` when nobody knows, both with
 * `error.report`; `CONNECTION_FAILED`, `TLS_FAILED`, `PROTOCOL_ERROR`, `AUTHENTICATION_FAILED`,
 * `SMTPUTF8_UNSUPPORTED`, `DSN_UNSUPPORTED`, `TRANSPORT_FAILED`, `TIMEOUT`, `ABORTED` when nothing was handed over
 */
export function deliver(options: DeliverOptions = {}): DeliverStage {
  refuseUnknownOptions(options, OPTIONS)
  const { transport } = options
  const known = knownTransport(transport === undefined ? DEFAULT_TRANSPORT : transport)
  const carrier = patientCarrier(limitedCarrier(carrierOf(known), options.limits), options.retry)
  const warnings = transport === undefined ? [NO_TRANSPORT] : carrier.warnings
  const signForDomain = options.dkim && dkimSigner(options.dkim)
  const underWay = new Set<Promise<DeliveryReport>>()
  let closing: Promise<void> | undefined

  const sent = async (mail: MimeMail, context: StageContext): Promise<DeliveryReport> => {
    const started = performance.now()
    const copies = copiesOf(mail)
    const { handovers, size } = await sendCopies(mail, copies, carrier, signForDomain, context)
    const milliseconds = millisecondsSince(started)
    const to = copies.flatMap((copy) => copy.to)
    const report = reportOf(mail, { to, handovers, size, milliseconds, warnings })
    log(report, context)
    return settle(report, handovers)
  }

  const stage = defineStage('deliver', async (mail: MimeMail, context) => {
    if (closing)
      throw new IncidentMailerError('TRANSPORT_FAILED', 'the transport is closed already; make a new one')
    refuseUnencrypted(mail)
    const sending = sent(mail, context)
    underWay.add(sending)
    try {
      return await sending
    } finally {
      underWay.delete(sending)
    }
  })
  const close = () => {
    // Not per copy: one that waits for its turn belongs to a mail of which others may be out already.
    closing ??= Promise.allSettled(underWay).then(() => carrier.close())
    return closing
  }
  return Object.assign(stage, { close, destination: destinationOf(known) })
}

/** Where mails go when nobody says otherwise. */
export const DEFAULT_TRANSPORT: Transport = { folder: './outbox' }

const OPTIONS: Record<keyof DeliverOptions, true> = {
  transport: true,
  retry: true,
  limits: true,
  dkim: true,
}

const NO_TRANSPORT: Warning = {
  code: 'NO_TRANSPORT',
  message: 'no transport is configured, so the mail went to the folder ./outbox and to nobody; set transport',
}

/** Header fields that are signed as those of an encrypted mail must not go out in one that nobody encrypted. */
function refuseUnencrypted({ headerProtection, recipientsCertificates }: MimeMail): void {
  if (headerProtection?.hp !== 'cipher' || recipientsCertificates !== null) return
  throw new IncidentMailerError(
    'CERTIFICATE_MISSING',
    'the mail asks to be encrypted and its subject is hidden, but nothing encrypted it; put encrypt() before deliver(), or do not ask for protectHeaders',
    { field: 'protectHeaders' },
  )
}

function carrierOf(transport: KnownTransport, field = 'transport'): Carrier {
  if (transport.kind === 'smtp') return smtpCarrier(transport.settings)
  if (transport.kind === 'folder')
    return withoutDsn(folderCarrier(transport.options), 'a folder asks no server for them')
  if (transport.kind === 'graph')
    return withoutDsn(graphCarrier(transport.settings), 'Microsoft Graph has no way to ask for them')
  if (transport.kind === 'sendmail') return sendmailCarrier(transport.options)
  if (transport.kind === 'several')
    return severalCarrier(
      transport.ways.map(({ known, weight }, index) => {
        const way = `${field}.transports[${index}]`
        return { carrier: carrierOf(known, `${way}.transport`), weight, field: way, place: placeOf(known) }
      }),
    )
  return withoutDsn(
    pluginCarrier(transport),
    'a transport of nodemailer does not tell whether it asked for them; SMTP by host does',
  )
}

/** Sends one copy after the other, until one fails for a reason that the others share. */
async function sendCopies(
  mail: MimeMail,
  copies: readonly Copy[],
  carrier: Carrier,
  signForDomain: DkimSigner | undefined,
  context: StageContext,
): Promise<{ handovers: readonly Handover[]; size: number }> {
  const handovers: Handover[] = []
  let size = 0
  let obstacle: IncidentMailerError | null = null
  for (const { to, entity } of copies) {
    if (obstacle) {
      handovers.push(failedHandover(obstacle, to))
      continue
    }
    try {
      const message = await messageBytes(mail, entity)
      const bytes = signForDomain ? await signForDomain(message) : message
      size = Math.max(size, bytes.length)
      const { messageId, sender: from, dsn } = mail
      const parcel: Parcel = { messageId, from, to, bytes, ...(dsn && { dsn }) }
      const handover = await carrier.send(parcel, context)
      handovers.push(handover)
      obstacle = handover.failure && sharedBy(handover.failure, context)
    } catch (thrown) {
      // Nobody was asked yet, so there is nothing to report.
      if (handovers.length === 0) throw thrown
      const failure = asOurs(thrown)
      handovers.push(failedHandover(failure, to))
      obstacle = sharedBy(failure, context)
    }
  }
  return { handovers, size }
}

interface Copy {
  readonly to: readonly string[]
  readonly entity: Delivery['entity']
}

/** The copies, each with those who get it; nobody gets two. */
function copiesOf(mail: MimeMail): readonly Copy[] {
  const seen = new Set<string>()
  const copies = mail.deliveries.map(({ recipients, entity }) => ({
    to: recipients
      .map(({ address }) => address)
      .filter((address) => {
        const same = sameMailbox(address)
        return !seen.has(same) && seen.add(same)
      }),
    entity,
  }))
  if (seen.size === 0)
    throw new IncidentMailerError('NO_RECIPIENTS', 'the mail has no recipient: set to, cc or bcc', {
      field: 'to',
    })
  return copies.filter(({ to }) => to.length > 0)
}

/** The domain in one case; only its host knows whether the case of the local part counts (RFC 5321, section 2.4). */
function sameMailbox(address: string): string {
  const at = address.lastIndexOf('@')
  return address.slice(0, at) + address.slice(at).toLowerCase()
}

/** What keeps the other copies from being sent as well, after one has failed; null where nothing does. */
function sharedBy(failure: IncidentMailerError, { signal }: StageContext): IncidentMailerError | null {
  if (signal?.aborted) return abortError(signal)
  return failure.code === 'SMTPUTF8_UNSUPPORTED' || failure.code === 'OUTCOME_UNKNOWN' ? null : failure
}

/** What was accepted must not be forgotten because of a mistake in someone's own stage or transport. */
function asOurs(thrown: unknown): IncidentMailerError {
  if (thrown instanceof IncidentMailerError) return thrown
  return new IncidentMailerError('TRANSPORT_FAILED', `a copy could not be sent: ${messageOf(thrown)}`, {
    cause: thrown,
  })
}

function log(
  { messageId, outcome, accepted, rejected, size }: DeliveryReport,
  { logger }: StageContext,
): void {
  const facts = {
    messageId,
    outcome,
    accepted: accepted.map(maskAddress),
    rejected: rejected.map(({ address, code }) => ({ address: maskAddress(address), code })),
    size,
  }
  if (outcome === 'sent') logger?.info(facts, 'mail delivered')
  else logger?.warn(facts, `mail ${outcome}`)
}
