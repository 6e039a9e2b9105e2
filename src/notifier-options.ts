import { parseSingleAddress } from './compose/address-list.js'
import { IncidentMailerError } from './errors.js'
import { nearest } from './nearest.js'
import type { NotifierOptions, SmimeOptions } from './notifier.js'
import { quoted } from './quoted.js'
import { MAX_TIMEOUT } from './schemas/limits.js'

/**
 * Refuses options that a notifier could only fail with later, when the first incident is there. What types
 * rule out comes from plain JavaScript all the same.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`; `INVALID_ADDRESS` and `HEADER_INJECTION` for `from`
 */
export function checkOptions(options: NotifierOptions): void {
  refuseUnknown(options, OPTIONS, null)
  const { from, incidents, smime, timeout } = options
  if (smime !== undefined) refuseUnknown(smime, SMIME_OPTIONS, 'smime')
  if (from !== undefined) checkSender(from)
  if (incidents !== undefined && typeof Object(incidents).get !== 'function') {
    throw invalid(
      'incidents',
      "incidents must be a source with get(id): jsonFile('./2139.json') or jsonFolder('./incidents'); a path alone is for config files",
    )
  }
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 1 && timeout <= MAX_TIMEOUT)) {
    throw invalid('timeout', `timeout must be a whole number of milliseconds, from 1 to ${MAX_TIMEOUT}`)
  }
}

function checkSender(from: unknown): void {
  if (typeof from !== 'string') throw invalid('from', 'from must be a string')
  try {
    parseSingleAddress(from, 'from')
  } catch (thrown) {
    if (thrown instanceof IncidentMailerError) thrown.stage ??= 'config'
    throw thrown
  }
}

/** Every option, so that a misspelt one (`smimee`) never means an unsigned mail. */
const OPTIONS: Record<keyof NotifierOptions, true> = {
  from: true,
  transport: true,
  templates: true,
  defaultTemplate: true,
  incidents: true,
  dateFormat: true,
  branding: true,
  filters: true,
  attachmentFolders: true,
  smime: true,
  timeout: true,
  logger: true,
}
const SMIME_OPTIONS: Record<keyof SmimeOptions, true> = { identity: true, certificates: true, trust: true }

function refuseUnknown(options: unknown, known: Readonly<Record<string, true>>, field: string | null): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid(field, `${field ?? 'the options of createNotifier'} must be an object`)
  }
  for (const key of Object.keys(options)) {
    if (Object.hasOwn(known, key)) continue
    const path = (name: string) => (field === null ? name : `${field}.${name}`)
    const near = nearest(key, Object.keys(known))
    throw invalid(
      path(key),
      `there is no option ${quoted(path(key))}; ${near ? `did you mean ${path(near)}?` : `there are ${Object.keys(known).join(', ')}`}`,
    )
  }
}

function invalid(field: string | null, message: string): IncidentMailerError {
  return new IncidentMailerError('INVALID_CONFIG', message, { stage: 'config', field: field ?? undefined })
}
