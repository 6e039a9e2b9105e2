import type { Outcome } from './output.js'

/** Everything that any command can be told. */
export interface Flags {
  readonly config?: string
  readonly job?: string
  readonly dryRun?: boolean
  readonly eml?: string
  readonly strict?: boolean
  readonly to?: string
}

/** One command of the command line. */
export interface CliCommand {
  readonly name: string
  /** One line for `--help`. */
  readonly description: string
  /** Its own flags, beside those that every command has: how they are written, and what they do. */
  readonly flags: readonly (readonly [flag: string, description: string])[]
  /** Does the work. What it needs is loaded here, so that no command waits for what another needs. */
  readonly run: (flags: Flags, signal: AbortSignal) => Promise<Outcome>
}

/** The flag of commands that take a job. */
export const JOB_FLAG = ['--job <file>', 'the job, as JSON (default: stdin)'] as const
