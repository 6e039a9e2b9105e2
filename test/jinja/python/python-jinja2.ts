import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A template, with what it needs. */
export interface Job {
  readonly template: string
  /** Variables as Python writes them, null for one that is not there; the template is rendered with each. */
  readonly contexts?: readonly Readonly<Record<string, string | null>>[]
  /** Further variables, as JSON. */
  readonly data?: Readonly<Record<string, unknown>>
  /** Other templates, by name. */
  readonly templates?: Readonly<Record<string, string>>
  /** Settings of Jinja2's Environment: `{ trim_blocks: true }`. Autoescape is on, and so is `do`. */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** What Jinja2 made of it: the text, or what went wrong. */
export type Answer =
  | { readonly text: string }
  | { readonly error: string; readonly kind: string; readonly text?: undefined }

/** A running Jinja2. */
export interface PythonJinja2 {
  /** Renders with every context; one answer each. */
  renderAll(job: Job): Promise<readonly Answer[]>
  /** Renders with the first context. */
  render(job: Job): Promise<Answer>
  close(): void
}

/** Starts Jinja2 in Python, which answers many jobs, one after another. */
export function startPythonJinja2(): PythonJinja2 {
  const python = spawn('/usr/bin/python3', ['-X', 'utf8', join(import.meta.dirname, 'render.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  let last: Promise<unknown> = Promise.resolve()

  function renderAll(job: Job): Promise<readonly Answer[]> {
    const answers = last.then(async () => {
      python.stdin.write(`${JSON.stringify(job)}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('Jinja2 ended')
      return JSON.parse(value).answers
    })
    last = answers.catch(() => undefined)
    return answers
  }

  return {
    renderAll,
    async render(job) {
      const [answer] = await renderAll(job)
      if (!answer) throw new Error('Jinja2 gave no answer')
      return answer
    },
    close() {
      python.stdin.end()
    },
  }
}
