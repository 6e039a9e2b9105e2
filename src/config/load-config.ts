import type { NotifierOptions } from '../notifier/notifier-options.js'
import { refuseUnknownOptions } from '../options.js'
import { LOAD_OPTIONS, type LoadConfigOptions } from './load-options.js'
import { notifierOptionsOf } from './notifier-options-of.js'
import { readSettings } from './read-settings.js'

/**
 * The notifier's options from a config file and the environment. Without a file: the defaults, and what the
 * environment sets.
 *
 * A string `$NAME` is taken from the environment, and `$$` starts a literal `$`. Paths are relative to the
 * file. `INCIDENT_MAILER_TRANSPORT__HOST` overrides `transport.host`, and so on. A file that ends in `.config` or
 * `.ini` is an `app.config` of IBM's Outbound Email app.
 *
 * @example
 * ```ts
 * import { createNotifier, loadConfig } from 'incident-mailer'
 *
 * const notifier = await createNotifier(await loadConfig())
 * ```
 *
 * @throws IncidentMailerError `INVALID_CONFIG`, `UNDEFINED_CONFIG_VARIABLE`, or `FILE_NOT_FOUND` and
 * `FILE_UNREADABLE` for the file itself and the incidents it names
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<NotifierOptions> {
  refuseUnknownOptions(options, LOAD_OPTIONS, 'options of loadConfig')
  return await notifierOptionsOf(await readSettings(options))
}
