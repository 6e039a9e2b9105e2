import { parseSingleAddress } from '../compose/address-list.js'
import { IncidentMailerError } from '../errors.js'
import { invalidOption, refuseUnknownOptions } from '../options.js'
import { MAX_TIMEOUT } from '../schemas/limits.js'
import type { NotifierOptions, SmimeOptions } from './notifier-options.js'

/**
 * Refuses options that a notifier could only fail with later, when the first incident is there. What types
 * rule out comes from plain JavaScript all the same.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`; `INVALID_ADDRESS` and `HEADER_INJECTION` for `from`
 */
export function checkOptions(options: NotifierOptions): void {
  refuseUnknownOptions(options, OPTIONS)
  const { from, returnPath, incidents, smime, timeout, onEvent } = options
  if (smime !== undefined) refuseUnknownOptions(smime, SMIME_OPTIONS, 'smime')
  if (smime?.cosigners !== undefined && !Array.isArray(smime.cosigners)) {
    throw invalidOption('smime.cosigners', 'smime.cosigners must be a list of identities')
  }
  if (from !== undefined) checkSender(from, 'from')
  if (returnPath !== undefined) checkSender(returnPath, 'returnPath')
  if (incidents !== undefined && typeof Object(incidents).get !== 'function') {
    throw invalidOption(
      'incidents',
      "incidents must be a source with get(id): jsonFile('./2139.json') or jsonFolder('./incidents'); a path alone is for config files",
    )
  }
  if (onEvent !== undefined && typeof onEvent !== 'function') {
    throw invalidOption('onEvent', 'onEvent must be a function')
  }
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 1 && timeout <= MAX_TIMEOUT)) {
    throw invalidOption('timeout', `timeout must be a whole number of milliseconds, from 1 to ${MAX_TIMEOUT}`)
  }
}

function checkSender(from: unknown, field: string): void {
  if (typeof from !== 'string') throw invalidOption(field, `${field} must be a string`)
  try {
    parseSingleAddress(from, field)
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
  ignoreLabelCase: true,
  incidents: true,
  dateFormat: true,
  branding: true,
  filters: true,
  tests: true,
  globals: true,
  tags: true,
  templateLimits: true,
  isolated: true,
  attachmentFolders: true,
  returnPath: true,
  smime: true,
  guard: true,
  profiles: true,
  profile: true,
  dkim: true,
  retry: true,
  limits: true,
  timeout: true,
  logger: true,
  onEvent: true,
}
const SMIME_OPTIONS: Record<keyof SmimeOptions, true> = {
  identity: true,
  cosigners: true,
  signatureForm: true,
  signatureScheme: true,
  signatureHash: true,
  certificates: true,
  trust: true,
  crls: true,
  cipher: true,
  keyTransport: true,
  protectHeaders: true,
  legacyDisplay: true,
  missingCertificate: true,
  encryptToSelf: true,
}
