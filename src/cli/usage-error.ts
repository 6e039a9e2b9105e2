import { IncidentMailerError } from '../errors.js'
import { JOB_FLAG } from './command.js'
import { COMMANDS } from './commands.js'

/** What commander finds wrong with the arguments. */
interface Complaint {
  readonly code: string
  readonly message: string
}

/** The error of arguments that commander takes for none of ours, with what to do. */
export function usageError(complaint: Complaint): IncidentMailerError {
  if (complaint.code === 'commander.help') {
    return new IncidentMailerError('USAGE', `name a command: ${COMMANDS.map(({ name }) => name).join(', ')}`)
  }
  const place = placeOf(complaint)
  const message = complaint.message
    .replace(/^error: /, '')
    // What follows the name of a flag that does not exist may be a secret: `--password=...`, `-p...`.
    .replace(/'(--[^=']*=|-[^-'])[^']+'/, "'$1...'")
    .replaceAll('\n', ' ')
    // Two sentences of commander's.
    .replace(/\. Expected/, ': expected')
    .replace(/\.$/, '')
    // Of a flag that there is, no other one was meant.
    .replace(place === undefined ? '' : / \(Did you mean .*\)$/, '')
  return new IncidentMailerError(
    'USAGE',
    `${message}; ${place ?? secretAdvice(complaint) ?? adviceOn(complaint)}`,
  )
}

/** Where a flag of a command goes that stands before its name; undefined of anything else. */
function placeOf({ code, message }: Complaint): string | undefined {
  const words = process.argv.slice(2)
  const [, flag = ''] = (code === 'commander.unknownOption' && /'(--[\w-]+)/.exec(message)) || []
  const at = words.findIndex((word) => word.split('=')[0] === flag)
  const owner = COMMANDS.find(
    ({ name, flags }) =>
      words.slice(at).includes(firstWord(name)) && flags.some(([written]) => firstWord(written) === flag),
  )
  const isFirst = !COMMANDS.some(({ name }) => words.slice(0, at).includes(firstWord(name)))
  // Of a secret with its value it would only be told in the end that it has none.
  if (message.includes('=') && SECRET_FLAG.test(flag)) return undefined
  return owner && isFirst ? `it goes behind the command: incident-mailer ${owner.name} ${flag}` : undefined
}

/** How a secret is given that somebody wrote as an argument; undefined where nobody did. */
function secretAdvice({ code, message }: Complaint): string | undefined {
  const given =
    code === 'commander.excessArguments'
      ? process.argv.slice(2).some((word) => SECRET_FLAG.test(word))
      : code === 'commander.unknownOption' && SECRET_FLAG.test(/'([^']*)/.exec(message)?.[1] ?? '')
  return given ? SECRET_ADVICE : undefined
}

const SECRET_FLAG = /^--?(?:[\w-]+-)?(?:pass|passwd|password|passphrase|pwd|secret|token|api-key)(?:=|$)/i

const SECRET_ADVICE =
  'secrets are never arguments, which all users of this machine can see: profile add and profile edit with --password or --client-secret ask for one at the terminal or take the first line of stdin (printf ... | incident-mailer ...); --password-variable and --client-secret-variable name the variable that holds it'

function adviceOn({ code, message }: Complaint): string {
  const [, crowded = ''] = (code === 'commander.excessArguments' && /for '(\w+)'/.exec(message)) || []
  const takesJob = COMMANDS.some(({ name, flags }) => name === crowded && flags.includes(JOB_FLAG))
  return takesJob ? "a job's file is named by --job FILE" : '--help tells what there is'
}

function firstWord(text: string): string {
  return text.split(' ')[0] ?? ''
}
