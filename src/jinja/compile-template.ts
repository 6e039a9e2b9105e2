import parser from 'nunjucks/src/parser.js'
import type { Frame } from 'nunjucks/src/runtime.js'
import transformer from 'nunjucks/src/transformer.js'
import type { RenderContext } from './context.js'
import { limits } from './limits.js'
import type { Runtime } from './runtime.js'
import { TemplateCompiler } from './template-compiler.js'
import { locate, TemplateError } from './template-error.js'
import { tokenize } from './tokenizer.js'
import type { HostFunction } from './values.js'

/** A compiled template or block: fills in the values and gives the text. */
export type RenderFunction = (context: RenderContext, frame: Frame, runtime: Runtime) => string

/** A compiled template. */
export interface CompiledTemplate {
  readonly name: string
  readonly root: RenderFunction
  readonly blocks: ReadonlyMap<string, RenderFunction>
}

/** Compiles a template's source. Throws a TemplateError that says where it is wrong. */
export function compileTemplate(
  source: string,
  name: string,
  filters: ReadonlyMap<string, HostFunction>,
): CompiledTemplate {
  try {
    if (source.length > limits.source) {
      throw new TemplateError(`the template is longer than ${limits.source} characters`)
    }
    const root = new parser.Parser(tokenize(source, name)).parseAsRoot()
    const generated = new TemplateCompiler(name, filters)
    generated.compile(transformer.transform(root))
    const made: Record<string, RenderFunction> = new Function(generated.getCode())()
    const { root: main, ...blocks } = made
    if (!main) throw new TemplateError('the template has no content')
    return {
      name,
      root: main,
      blocks: new Map(Object.entries(blocks).map(([key, run]) => [key.slice(2), run])),
    }
  } catch (thrown) {
    throw syntaxError(thrown, name)
  }
}

/** nunjucks' errors carry `lineno` and `colno`; where a template just ends, its parser trips over null. */
function syntaxError(thrown: unknown, name: string): TemplateError {
  if (thrown instanceof TypeError) {
    return locate(
      new TemplateError('the template ends in the middle of an expression or tag'),
      name,
      null,
      null,
    )
  }
  const { lineno = null, colno = null } = Object(thrown) as { lineno?: number; colno?: number }
  return locate(thrown, name, lineno, colno)
}
