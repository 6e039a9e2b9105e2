import { check } from './check.js'
import type { CliCommand } from './command.js'
import { config } from './config.js'
import { raw } from './raw.js'
import { render } from './render.js'
import { send } from './send.js'

/** Every command, in the order in which `--help` shows them. */
export const COMMANDS: readonly CliCommand[] = [send, raw, render, check, config]
