import { type BigIntStats, fstat } from 'node:fs'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { findConfigFile } from '../config/config-file.js'
import { IncidentMailerError } from '../errors.js'

/** What a command reads. */
export interface Inputs {
  readonly what: 'job' | 'message'
  /** The file that holds it. Default: stdin, which may be a file too. */
  readonly file: string | undefined
  /** The config file. Default: the one in the working directory, if there is one. */
  readonly config: string | undefined
}

/**
 * Refuses to write over what the command reads, by whatever path or link both are named.
 *
 * @param flag - that names the files to write, for the message
 * @throws IncidentMailerError `USAGE`
 */
export async function refuseOverwrite(
  flag: string,
  paths: readonly string[],
  { what, file, config }: Inputs,
): Promise<void> {
  const configFile = await findConfigFile(config, process.cwd())
  const inputs = [
    {
      name: `the ${what} (${file ?? 'stdin'})`,
      status: await (file === undefined ? ofStdin() : ofFile(file)),
    },
    ...(configFile === null
      ? []
      : [{ name: `the config file (${configFile})`, status: await ofFile(configFile) }]),
  ]
  for (const path of paths) {
    const present = await ofFile(path)
    const input = inputs.find(({ status }) => isSame(status, present))
    if (input)
      throw new IncidentMailerError(
        'USAGE',
        `${flag} would write ${path} over ${input.name}, which is the same file; name another one`,
      )
  }
}

/** Null where it is not there. */
async function ofFile(path: string): Promise<BigIntStats | null> {
  return await stat(path, { bigint: true }).catch(() => null)
}

async function ofStdin(): Promise<BigIntStats | null> {
  return await promisify(fstat)(0, { bigint: true }).catch(() => null)
}

/** Of a device or a pipe nothing can be lost. */
function isSame(one: BigIntStats | null, other: BigIntStats | null): boolean {
  return one?.isFile() === true && one.dev === other?.dev && one.ino === other.ino
}
