import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { IncidentMailerError, messageOf } from '../errors.js'
import { exitCodeOf } from '../exit-codes.js'
import { packageFolder } from '../package-folder.js'
import { abortError } from '../pipeline.js'
import { type CliCommand, COMMON_FLAGS, type CommonFlags, PROFILE_FLAG } from './command.js'
import { COMMANDS } from './commands.js'
import { type Outcome, type OutputOptions, printError, printOutcome } from './output.js'
import { usageError } from './usage-error.js'

const { version }: { version: string } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))

const output: OutputOptions = {
  json: process.argv.includes('--json') ? true : undefined,
  lines: process.argv.includes('--jsonl'),
}
const stopper = new AbortController()
/** How long the work may take to end after a signal, in milliseconds. */
let patience = 2_000
let ended = false

/** Runs the command that the process was called with, and ends the process. */
export function runCommandLine(): void {
  // Readers who have gone (EPIPE) are no reason to end otherwise than the mail did.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  // The first signal ends the work in an orderly way; a second one ends the process.
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  process.on('uncaughtException', fail)
  main().catch(fail)
}

async function main(): Promise<void> {
  const outcome = await run(stopper.signal)
  if (outcome) await end(outcome.exitCode, () => printOutcome(outcome, output))
}

/** Prints how it ended, and ends; whatever comes later comes too late. */
async function end(exitCode: number, print: () => Promise<void>): Promise<void> {
  if (ended) return
  ended = true
  // Before anything that may go wrong: the code says whether the mail may be sent again.
  process.exitCode = exitCode
  try {
    await print()
  } finally {
    // Not left to the event loop: a name that is still being looked up would hold it for half a minute.
    process.exit(exitCode)
  }
}

async function fail(thrown: unknown): Promise<void> {
  if (ended) return
  const error = thrown instanceof IncidentMailerError ? thrown : bug(thrown)
  await end(exitCodeOf(error), () => printError(error, output))
}

function stop(): void {
  stopper.abort()
  setTimeout(giveUp, patience)
}

/** Ends what did not heed the signal. */
async function giveUp(): Promise<void> {
  await fail(abortError(stopper.signal))
  // It had ended already, and somebody does not read what it printed.
  process.exit()
}

/** Runs the command that the arguments name; undefined where they asked for help or the version. */
async function run(signal: AbortSignal): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined
  const program = group(new Command('incident-mailer'), [...COMMON_FLAGS, PROFILE_FLAG]).description(
    'Turns a security incident into a mail: rendered, signed, encrypted, delivered, accounted for.',
  )
  for (const each of COMMANDS) {
    const command = configure(parentOf(each.name, program).command(lastWord(each.name))).description(
      each.description,
    )
    if (each.operands !== undefined) command.arguments(each.operands)
    for (const [flag, does] of [...each.flags, ...COMMON_FLAGS]) command.option(flag, does)
    command.action(async () => {
      const flags = flagsOf(command)
      refuseForeign(each, flags)
      patience = each.patience?.(flags) ?? patience
      outcome = await each.run(flags, signal, command.args)
    })
  }
  try {
    await program.parseAsync()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw usageError(error)
  }
  return outcome
}

/** What a command was told, before its name or behind it. */
function flagsOf(command: Command): CommonFlags {
  const { parent } = command
  return { ...(parent && flagsOf(parent)), ...command.opts<CommonFlags>() }
}

/** Refuses what was said before the name of a command that does not know it. */
function refuseForeign({ name, flags }: CliCommand, given: CommonFlags): void {
  if (!('profile' in given) || flags.includes(PROFILE_FLAG)) return
  throw new IncidentMailerError('USAGE', `--profile does not go with ${name}; --help tells what there is`)
}

const GROUPS: Readonly<Record<string, string>> = {
  profile: 'mail servers by name, in the config file',
  template: 'templates of your own, and those there are',
}

/** The program itself, or the group that the first of two words names. */
function parentOf(name: string, program: Command): Command {
  const [word, ...rest] = name.split(' ')
  if (word === undefined || rest.length === 0) return program
  const known = program.commands.find((command) => command.name() === word)
  return known ?? group(program.command(word), COMMON_FLAGS).description(GROUPS[word] ?? '')
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1)
}

/** What has commands, and takes flags of theirs before their names too. */
function group(command: Command, flags: CliCommand['flags']): Command {
  for (const [flag, does] of flags) command.option(flag, does)
  return configure(command).enablePositionalOptions()
}

/** What every command has. Errors are printed in one place, and not by commander. */
function configure(command: Command): Command {
  return command
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
}

function bug(thrown: unknown): IncidentMailerError {
  if (thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`)
  return new IncidentMailerError(
    'INTERNAL',
    `this is a bug of incident-mailer, please report it: ${messageOf(thrown)}`,
    { cause: thrown },
  )
}
