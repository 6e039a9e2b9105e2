import type { CheckReport } from '../check-steps.js'
import { parseAddressList } from '../compose/address-list.js'
import { type ErrorSummary, IncidentMailerError } from '../errors.js'
import type { GuardOptions } from '../guard/guard.js'
import type { DeliveryReport, MailRequest } from '../mail.js'
import { millisecondsSince } from '../milliseconds-since.js'

/**
 * The test mail, which tells nothing of anybody: a guard with TLP rules wants to hear it.
 *
 * @throws IncidentMailerError `INVALID_ADDRESS`, `NO_RECIPIENTS`
 */
export function testTo(to: string, { tlp, defaultTlp }: GuardOptions = {}) {
  if (parseAddressList(to, 'to').length === 0)
    throw new IncidentMailerError('NO_RECIPIENTS', 'to has to be the address that gets the test mail', {
      field: 'to',
    })
  return { to, template: 'test-message', ...(tlp && !defaultTlp && { tlp: 'clear' as const }) }
}

/** Adds the step of a test mail to a check that went well so far. */
export async function sendTest(
  send: (request: MailRequest, options: { signal?: AbortSignal }) => Promise<DeliveryReport>,
  report: CheckReport,
  test: MailRequest & { readonly to: string },
  signal: AbortSignal | undefined,
): Promise<CheckReport> {
  if (!report.ok) return report
  const started = performance.now()
  const step = (message: string, error: ErrorSummary | null) => ({
    ok: !error,
    steps: [
      ...report.steps,
      { step: 'send' as const, ok: !error, milliseconds: millisecondsSince(started), message, error },
    ],
  })
  try {
    const { messageId, serverResponse } = await send(test, { signal })
    return step(`${test.to} was accepted as ${messageId}: ${serverResponse ?? 'no response'}`, null)
  } catch (error) {
    if (error instanceof IncidentMailerError) return step(error.message, error.toJSON())
    throw error
  }
}
