import type { Delivery, MimeEntity, MimeMail, Protection, Recipient } from '../../src/mail.js'
import { entityOf, messageBytes } from '../../src/mime.js'

/** What the examples say, as an entity in canonical CRLF that survives any transport. */
export const exampleEntity: MimeEntity = entityOf(
  [
    { name: 'Content-Type', value: 'text/plain; charset=utf-8' },
    { name: 'Content-Transfer-Encoding', value: 'quoted-printable' },
  ],
  Buffer.from('Gr=C3=BC=C3=9Fe from the SOC.\r\n.\r\nFrom here on all is quiet.\r\n'),
)

/** The same as it stands on the wire. */
export const exampleContent =
  'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n' +
  'Gr=C3=BC=C3=9Fe from the SOC.\r\n.\r\nFrom here on all is quiet.\r\n'

/** A composed mail from soc@example.com. */
export function exampleMail(
  protection: Protection = {},
  recipients: readonly Recipient[] = [to('alice@example.com')],
  changes: Partial<MimeMail> = {},
): MimeMail {
  return {
    messageId: '<1@example.com>',
    date: new Date(),
    subject: 'Hello',
    sender: 'soc@example.com',
    headers: [
      { name: 'From', value: 'SOC <soc@example.com>' },
      { name: 'To', value: 'alice@example.com' },
      { name: 'MIME-Version', value: '1.0' },
    ],
    deliveries: [{ recipients, entity: exampleEntity }],
    protection,
    signer: null,
    recipientsCertificates: null,
    headerProtection: null,
    warnings: [],
    timings: {},
    ...changes,
  }
}

/** The example mail with another entity. */
export function mailOf(
  entity: MimeEntity,
  recipients: readonly Recipient[] = [to('alice@example.com')],
): MimeMail {
  return exampleMail({}, undefined, { deliveries: [{ recipients, entity }] })
}

/** The same entity as a stream, in chunks of a size. */
export function streamed({ headers, body }: MimeEntity, size: number): MimeEntity {
  return {
    headers,
    async *body() {
      for await (const chunk of body()) {
        for (let start = 0; start < chunk.length; start += size) yield chunk.subarray(start, start + size)
      }
    },
  }
}

export const to = (address: string): Recipient => ({ address, kind: 'to' })
export const cc = (address: string): Recipient => ({ address, kind: 'cc' })
export const bcc = (address: string): Recipient => ({ address, kind: 'bcc' })

/** One delivery of a mail: the only one unless a place is given. */
export function deliveryOf(mail: MimeMail, index = 0): Delivery {
  const delivery = mail.deliveries[index]
  if (!delivery) throw new Error(`the mail has no delivery ${index}`)
  return delivery
}

/** The bytes of one delivery, as a server gets them. */
export function wire(mail: MimeMail, index = 0): Promise<Buffer> {
  return messageBytes(mail, deliveryOf(mail, index).entity)
}

/** What was warned of. */
export function warningCodes(mail: MimeMail): string[] {
  return mail.warnings.map(({ code }) => code)
}
