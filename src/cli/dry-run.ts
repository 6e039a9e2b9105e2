import { reportOf } from '../deliver/report.js'
import type { DeliveryReport, MimeMail } from '../mail.js'
import { messageBytes } from '../mime.js'

/** The report of a mail that nobody was asked to take. */
export async function dryRunReport(mail: MimeMail): Promise<DeliveryReport> {
  const sizes = await Promise.all(
    mail.deliveries.map(async ({ entity }) => (await messageBytes(mail, entity)).length),
  )
  const to = mail.deliveries.flatMap(({ recipients }) => recipients.map(({ address }) => address))
  const report = reportOf(mail, {
    to,
    handovers: [],
    size: Math.max(...sizes),
    milliseconds: 0,
    warnings: [],
  })
  return { ...report, outcome: null, timings: mail.timings }
}
