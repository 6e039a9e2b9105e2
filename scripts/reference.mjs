// Writes the pages of the reference that are made from the code: the command line from the commands themselves, the
// error codes and the reasons of `verify` from the files that define them. `npm run docs` runs it; docs/reference is not checked in.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { COMMON_FLAGS } from '../build/cli/command.js'
import { COMMANDS } from '../build/cli/commands.js'
import { ERROR_CODES } from '../build/error-codes.js'
import { REASONS } from '../build/smime/reading/reasons.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'docs/reference')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'command-line.md'), commandLine())
writeFileSync(join(folder, 'error-codes.md'), errorCodes())
writeFileSync(join(folder, 'reasons.md'), reasons())
console.log(`docs/reference: ${COMMANDS.length} commands, ${Object.keys(ERROR_CODES).length} error codes`)

function commandLine() {
  const usage = ({ name, operands }) => ['incident-mailer', name, operands].filter(Boolean).join(' ')
  const sections = COMMANDS.map((command) =>
    [
      `## ${command.name}`,
      '',
      `${sentence(command.description)}`,
      '',
      '```text',
      `${usage(command)} [flags]`,
      '```',
      '',
      ...table(
        ['flag', 'does'],
        [...command.flags, ...COMMON_FLAGS].map(([flag, does]) => [code(flag), does]),
      ),
    ].join('\n'),
  )
  const overview = table(
    ['command', 'does'],
    COMMANDS.map(({ name, description }) => [`[\`${name}\`](#${name.replaceAll(' ', '-')})`, description]),
  )
  return page('The command line', [
    'Every command prints its result as JSON when `--json` is given or stdout is not a terminal, says all else on',
    "stderr, and ends with one of the exit codes of BSD's sysexits.h: see [error codes](./error-codes.md).",
    '',
    ...overview,
    '',
    sections.join('\n\n'),
  ])
}

function errorCodes() {
  const meanings = meaningsOf('src/error-codes.ts')
  const rows = Object.entries(ERROR_CODES).map(([name, exitCode]) => {
    return [code(name), String(exitCode), meaningOf(meanings, name)]
  })
  return page('Error codes', [
    'What `IncidentMailerError.code` says, what it means, and the exit code with which the command line ends. Where an',
    "error may pass by itself, `temporary` is true, and a server's refusal ends with 75.",
    '',
    ...table(['code', 'exit code', 'meaning'], rows),
  ])
}

function reasons() {
  const meanings = meaningsOf('src/smime/reading/reasons.ts')
  const rows = Object.entries(REASONS).map(([name, effect]) => [
    code(name),
    effect,
    meaningOf(meanings, name),
  ])
  return page('Reasons of verify', [
    'Why `verify` and `decrypt` say that a message is `broken`, `untrusted`, `unsigned` or `unreadable`. What is `noted`',
    'leaves it what it is.',
    '',
    ...table(['reason', 'makes it', 'meaning'], rows),
  ])
}

function meaningOf(meanings, name) {
  const meaning = meanings.get(name)
  if (!meaning) throw new Error(`${name} has no sentence before it that says what it means`)
  return meaning
}

/** The comment before each member of the one object in a file, as a line of text. */
function meaningsOf(path) {
  const text = readFileSync(join(root, path), 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const meanings = new Map()
  const visit = (node) => {
    if (ts.isPropertyAssignment(node)) {
      const comment = ts.getJSDocCommentsAndTags(node)[0]?.comment
      if (comment) meanings.set(node.name.getText(), String(comment).replace(/\s+/g, ' '))
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return meanings
}

function page(title, lines) {
  return `# ${title}\n\n${lines.join('\n')}\n`
}

function table(heads, rows) {
  const cell = (text) => text.replaceAll('|', '\\|')
  return [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`)
}

function code(text) {
  return `\`${text}\``
}

function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}.`
}
