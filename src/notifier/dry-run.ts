import { reportOf } from '../deliver/report.js'
import type { DeliveryReport, MimeMail } from '../mail.js'
import { messageSize } from '../mime.js'

/** The report of a mail that nobody was asked to take: what would go to whom. */
export async function dryRunReport(mail: MimeMail): Promise<DeliveryReport> {
  const sizes = await Promise.all(mail.deliveries.map(({ entity }) => messageSize(mail, entity)))
  const to = mail.deliveries.flatMap(({ recipients }) => recipients.map(({ address }) => address))
  const size = Math.max(...sizes)
  const report = reportOf(mail, { to, handovers: [], size, milliseconds: 0, warnings: [] })
  return { ...report, outcome: null, timings: mail.timings }
}
