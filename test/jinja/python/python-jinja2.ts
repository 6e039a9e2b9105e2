import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A template, with what it needs. */
export interface Job {
  readonly template: string
  /** Variables. `{ $python: "Markup('<b>')" }` stands for a value that JSON cannot write. */
  readonly context?: Readonly<Record<string, unknown>>
  /** Other templates, by name. */
  readonly templates?: Readonly<Record<string, string>>
  readonly autoescape?: boolean
  readonly trim_blocks?: boolean
  readonly lstrip_blocks?: boolean
  readonly keep_trailing_newline?: boolean
}

/** What Jinja2 made of it: the text, or what went wrong. */
export type Answer = { readonly text: string } | { readonly error: string; readonly kind: string }

/** A running Jinja2. */
export interface PythonJinja2 {
  render(job: Job): Promise<Answer>
  close(): void
}

/** Starts Jinja2 in Python, which answers many jobs, one after another. */
export function startPythonJinja2(): PythonJinja2 {
  const python = spawn('/usr/bin/python3', ['-X', 'utf8', join(import.meta.dirname, 'jinja2.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  let last: Promise<unknown> = Promise.resolve()
  return {
    render(job) {
      python.stdin.write(`${JSON.stringify(job)}\n`)
      const answer = last.then(async () => {
        const { value, done } = await lines.next()
        if (done) throw new Error('Jinja2 ended')
        return JSON.parse(value) as Answer
      })
      last = answer.catch(() => undefined)
      return answer
    },
    close() {
      python.stdin.end()
    },
  }
}
