import type { Outcome } from './output.js'

/** What every command can be told. */
export interface CommonFlags {
  /** The config file. Default: the one in the working directory, if there is one. */
  readonly config?: string
  /** Print JSON. Default: where stdout is no terminal. */
  readonly json?: boolean
}

/** One command of the command line. */
export interface CliCommand {
  /** One word, or two for a command of a group: `profile add`. */
  readonly name: string
  /** One line for `--help`. */
  readonly description: string
  /** What stands behind its name, as commander writes it: `<file>` is required, `[file]` is not. Default: nothing. */
  readonly operands?: string
  /** Its own flags, beside those that every command has: how they are written, and what they do. */
  readonly flags: readonly (readonly [flag: string, description: string])[]
  /** How long the work may take to end after a signal, in milliseconds. Default 2,000. */
  patience?(flags: CommonFlags): number
  /**
   * Does the work. What it needs is loaded here, so that no command waits for what another needs.
   *
   * A method, so that a command may name the flags it has declared itself.
   */
  run(flags: CommonFlags, signal: AbortSignal, operands: readonly string[]): Promise<Outcome>
}

/** The flags of every command. */
export const COMMON_FLAGS: CliCommand['flags'] = [
  ['--config <file>', 'the config file (default: incident-mailer.json, .yaml or .yml here)'],
  ['--json', 'print JSON (default: when stdout is not a terminal)'],
]

/** The flag of commands that take a job. */
export const JOB_FLAG = ['--job <file>', 'the job, as JSON (default: stdin)'] as const

/** The flag of commands that use a profile. */
export const PROFILE_FLAG = [
  '--profile <name>',
  "the profile of jobs that name none (default: the config's)",
] as const

/** The flag of commands that send what no job describes. */
export const TLP_FLAG = [
  '--tlp <label>',
  'the TLP label by which the guard judges it: red, amber, amber+strict, green, clear',
] as const
