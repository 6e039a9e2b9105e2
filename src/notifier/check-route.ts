import { type CheckReport, type CheckStep, checkReport, stepRunner } from '../check-steps.js'
import { parseSingleAddress } from '../compose/address-list.js'
import { checkTransport } from '../deliver/check.js'
import type { StageContext } from '../pipeline.js'
import { checkSmime } from '../smime/check-smime.js'
import { loadedIn, type SignOptions } from '../smime/sign.js'
import type { SmimeOptions } from './notifier-options.js'
import type { Route } from './routes.js'

/** Looks at S/MIME, then tries the way to the server. */
export async function checkRoute(
  { from, transport }: Route,
  signing: SignOptions,
  { certificates, trust, crls }: SmimeOptions = {},
  context: StageContext,
): Promise<CheckReport> {
  const steps: CheckStep[] = []
  const check = {
    ...{ certificates, trust, crls },
    signers: loadedIn(signing) ?? [],
    from: parseSingleAddress(from, 'from')?.address ?? null,
  }
  await checkSmime(check, context, stepRunner(steps, context.signal))
  const way = await checkTransport(transport, context)
  return checkReport([...steps, ...way.steps])
}
