#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { IncidentMailerError, messageOf } from '../errors.js'
import { exitCodeOf } from '../exit-codes.js'
import { check } from './check.js'
import type { CliCommand, Flags } from './command.js'
import { type Outcome, type OutputOptions, printError, printOutcome } from './output.js'
import { render } from './render.js'
import { send } from './send.js'

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
)
const COMMANDS: readonly CliCommand[] = [send, render, check]

const output: OutputOptions = { json: process.argv.includes('--json') ? true : undefined }
const stopper = new AbortController()
// The first signal ends the work in an orderly way; a second one ends the process.
process.once('SIGINT', () => stopper.abort())
process.once('SIGTERM', () => stopper.abort())
process.once('uncaughtException', fail)

main().catch(fail)

async function main(): Promise<void> {
  const outcome = await run(stopper.signal)
  if (!outcome) return
  await printOutcome(outcome, output)
  // Not left to the event loop: a name that is still being looked up would hold it for half a minute.
  process.exit(outcome.exitCode)
}

/** Runs the command that the arguments name; undefined where they asked for help or the version. */
async function run(signal: AbortSignal): Promise<Outcome | undefined> {
  let outcome: Outcome | undefined
  const program = configure(new Command('incident-mailer')).description(
    'Turns a security incident into a mail: rendered, signed, encrypted, delivered, accounted for.',
  )
  for (const { name, description, flags, run: work } of COMMANDS) {
    const command = configure(program.command(name))
      .description(description)
      .option('--config <file>', 'the config file (default: incident-mailer.json, .yaml or .yml here)')
      .option('--json', 'print JSON (default: when stdout is not a terminal)')
    for (const [flag, does] of flags) command.option(flag, does)
    command.action(async (given: Flags) => {
      outcome = await work(given, signal)
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

/** What every command has. Errors are printed in one place, and not by commander. */
function configure(command: Command): Command {
  return command
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
}

function usageError(error: CommanderError): IncidentMailerError {
  if (error.code === 'commander.help') {
    return new IncidentMailerError('USAGE', `name a command: ${COMMANDS.map(({ name }) => name).join(', ')}`)
  }
  const message = error.message
    .replace(/^error: /, '')
    // Not what is meant by it: one JSON object a line, which this version cannot read.
    .replace("'--jsonl'\n(Did you mean --json?)", "'--jsonl'")
    // What follows the name of a flag that does not exist may be a secret: `--password=...`, `-p...`.
    .replace(/'(--[^=']*=|-[^-'])[^']+'/, "'$1...'")
    .replaceAll('\n', ' ')
  return new IncidentMailerError('USAGE', `${message}; --help tells what there is`)
}

async function fail(thrown: unknown): Promise<void> {
  const error = thrown instanceof IncidentMailerError ? thrown : bug(thrown)
  await printError(error, output)
  process.exit(exitCodeOf(error))
}

function bug(thrown: unknown): IncidentMailerError {
  if (thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`)
  return new IncidentMailerError(
    'INTERNAL',
    `this is a bug of incident-mailer, please report it: ${messageOf(thrown)}`,
    { cause: thrown },
  )
}
