import { createEnvironment } from '../../../src/jinja/environment.js'
import { TemplateError } from '../../../src/jinja/template-error.js'
import { fromData } from '../../../src/jinja/values/data.js'
import type { Value } from '../../../src/jinja/values/values.js'
import type { MatrixValue } from './matrix-values.js'

const environment = createEnvironment({ folders: [] })

/** What the template gives here with these variables; an error where Jinja2 may have one too. */
export function renderOurs(
  template: string,
  context: Readonly<Record<string, MatrixValue>>,
): string | TemplateError {
  // A new copy for every render: some change what they are given.
  const copy = () => {
    const variables = new Map<string, Value>()
    for (const [name, { value }] of Object.entries(context)) {
      if (value !== undefined) variables.set(name, fromData(value))
    }
    return variables
  }
  try {
    return environment.source(template, 'matrix', { copy }, { autoescape: true }).text
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown
    throw thrown
  }
}
