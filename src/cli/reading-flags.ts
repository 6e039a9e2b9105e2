import type { OldAlgorithm, VerifyOptions } from '../smime/reading/reading-options.js'
import type { CliCommand, CommonFlags } from './command.js'

/** The flags of commands that read a signed or encrypted message. */
export const READING_FLAGS: CliCommand['flags'] = [
  ['--allow-sha1', 'take signatures that are made with SHA-1'],
  ['--allow-3des', 'take encryption with 3DES'],
]

/** What those flags say. */
export interface ReadingFlags extends CommonFlags {
  readonly allowSha1?: boolean
  readonly allow3des?: boolean
}

/** How to read, by the settings and the flags. */
export async function readingOptions({ config, allowSha1, allow3des }: ReadingFlags): Promise<VerifyOptions> {
  const { readSettings } = await import('../config/read-settings.js')
  const { identity, trust, certificates, crls } = (await readSettings({ file: config })).config.smime ?? {}
  const allow: OldAlgorithm[] = [
    ...(allowSha1 ? ['sha1' as const] : []),
    ...(allow3des ? ['3des' as const] : []),
  ]
  return { identity, trust, certificates, crls, allow }
}
