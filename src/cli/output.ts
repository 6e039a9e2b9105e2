import type { IncidentMailerError } from '../errors.js'
import { formatJson } from '../json.js'

/** What a command prints on stdout, and how it ends. */
export interface Outcome {
  /** For programs: one object; null where all was printed already, line by line. */
  readonly json: object | null
  /** For people at a terminal. */
  readonly text: string
  readonly exitCode: number
}

/** How a command is told to print. */
export interface OutputOptions {
  /** Print JSON. Default: where stdout is no terminal. */
  readonly json?: boolean
  /** Print an error on one line, as what reads `--jsonl` expects. Default false. */
  readonly lines?: boolean
}

/** Prints what came out: on stdout one object, or lines for people. */
export async function printOutcome(outcome: Outcome, options: OutputOptions): Promise<void> {
  if (!wantsJson(options)) await write(`${harmless(outcome.text)}\n`)
  else if (outcome.json !== null) await write(toJson(outcome.json))
}

/** Prints one of many objects on stdout, on a line of its own. */
export async function printJsonLine(value: object): Promise<void> {
  await write(`${formatJson(value)}\n`)
}

/** Tells people something beside the outcome, on stderr. */
export function printNote(message: string): void {
  process.stderr.write(`incident-mailer: ${harmless(message)}\n`)
}

/** Prints why a command failed: for people on stderr, and for programs on stdout as well. */
export async function printError(error: IncidentMailerError, options: OutputOptions): Promise<void> {
  printNote(error.message)
  if (!wantsJson(options)) return
  const value = { ...error.report, error }
  await (options.lines ? printJsonLine(value) : write(toJson(value)))
}

/** Text without what a terminal would obey: incidents hold what attackers wrote. */
function harmless(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '\uFFFD')
}

/** Whether stdout is for a program to read. */
export function wantsJson({ json }: OutputOptions): boolean {
  return json ?? !process.stdout.isTTY
}

function toJson(value: object): string {
  return `${formatJson(value, 2)}\n`
}

/** Waits until stdout has taken the text. A reader who has gone does not turn a sent mail into a failure. */
async function write(text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    process.stdout.write(text, () => resolve())
  })
}
