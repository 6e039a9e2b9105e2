import { parseSingleAddress } from '../compose/address-list.js'
import { messageOf } from '../errors.js'
import { invalidOption } from '../options.js'
import { checkProfiles, profilesSetting } from '../schemas/profile.js'
import { variableIn } from './environment.js'
import { expandVariables } from './expand-variables.js'
import { variableAt } from './value-at.js'

/**
 * Checks the author that a profile is given. Where it is a variable, that may be anything.
 *
 * @throws IncidentMailerError `INVALID_CONFIG`
 */
export function checkAuthor(from: string | undefined, name: string): void {
  if (from === undefined || from === '' || variableIn(from) !== undefined) return
  const field = `profiles.${name}.from`
  try {
    parseSingleAddress(from, field)
  } catch (thrown) {
    throw invalidOption(field, messageOf(thrown))
  }
}

/**
 * Checks a profile as it stands in a config file, where what is left to variables may be anything.
 *
 * @param source - the file
 * @throws IncidentMailerError `INVALID_CONFIG`
 */
export function checkWrittenProfile(
  name: string,
  profile: Readonly<Record<string, unknown>>,
  source: string,
): void {
  const filled = expandVariables(
    { [name]: profile },
    { env: {}, source, setting: profilesSetting, missing: () => {} },
  )
  checkProfiles(filled, source, (path) => variableAt({ [name]: profile }, path))
}
