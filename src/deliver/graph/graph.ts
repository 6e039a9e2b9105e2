import { nameOf } from '../../network/proxy.js'
import { type StageContext, throwIfAborted } from '../../pipeline.js'
import { announce, type Carrier, type Handover, type Parcel } from '../handover.js'
import { handoverOf } from './answer.js'
import { askGraph } from './ask.js'
import { isTooLarge } from './request-size.js'
import type { GraphSettings } from './settings.js'

/**
 * Hands finished messages to Microsoft Graph (`sendMail` with MIME content). Graph has no envelope: it takes the
 * recipients from the message, which therefore gets exactly those, the blind ones in a Bcc field that Exchange
 * removes. It keeps a copy in Sent Items.
 *
 * A message that is too large for one request goes as a draft to which its files are added, where that can be done.
 */
export function graphCarrier(settings: GraphSettings): Carrier {
  return {
    warnings: [],
    async send(parcel, context) {
      throwIfAborted(context.signal)
      const { graphMessage } = await import('./message.js')
      const message = graphMessage(parcel)
      const handover = isTooLarge(message)
        ? await (await import('./large.js')).sendLarge(settings, parcel, message, context)
        : await sendWhole(settings, parcel, message, context)
      context.logger?.debug(
        { messageId: parcel.messageId, accepted: handover.accepted.length },
        'Graph has answered',
      )
      return handover
    },
    async close() {},
  }
}

async function sendWhole(
  settings: GraphSettings,
  parcel: Parcel,
  message: Buffer,
  context: StageContext,
): Promise<Handover> {
  // Before anybody is told that it begins: a token that cannot be had is no attempt.
  await settings.provider.token(context.signal)
  await announce(parcel, context)
  throwIfAborted(context.signal)
  const asked = {
    url: `${settings.mailbox}/sendMail`,
    type: 'text/plain',
    body: message.toString('base64'),
  }
  return handoverOf(await askGraph(settings, asked, context.signal), parcel.to)
}

/** Whether tokens can be had. Nothing is sent. */
export async function checkGraph(
  { mailbox, way, provider }: GraphSettings,
  signal?: AbortSignal,
): Promise<string> {
  await provider.token(signal)
  return `a token was issued; mails are posted to ${mailbox}/sendMail${way.proxy ? ` through ${nameOf(way.proxy)}` : ''}`
}
