import type { RenderContext } from '../context.js'
import { limits } from '../limits.js'
import type { Runtime } from '../runtime/runtime.js'
import { StatementParser } from '../syntax/statement-parser.js'
import { tokenize } from '../syntax/tokenizer.js'
import { locate, type NamedPlace, TemplateError } from '../template-error.js'
import { DataDict } from '../values/mapping.js'
import type { Language } from './language.js'
import { TemplateCompiler } from './template-compiler.js'

/** A compiled template or block: fills in the values and gives the text. */
export type RenderFunction = (context: RenderContext, runtime: Runtime, autoescape: boolean) => string

/** A compiled template. */
export interface CompiledTemplate {
  readonly name: string
  readonly root: RenderFunction
  readonly blocks: ReadonlyMap<string, RenderFunction>
}

/** Compiles a template's source. Throws a TemplateError that says where it is wrong. */
export function compileTemplate(source: string, name: string, language: Language): CompiledTemplate {
  try {
    if (source.length > limits.source) {
      throw new TemplateError(`the template is longer than ${limits.source} characters`, { kind: 'source' })
    }
    const tokens = tokenize(source, name, language.whitespace)
    const compiler = new TemplateCompiler(name, language)
    compiler.compileRoot(new StatementParser(tokens, name, language.tags).parseAsRoot())
    const code = `'use strict';\nconst none = [];\n${compiler.getCode()}`
    const make: (
      places: readonly NamedPlace[],
      constants: readonly unknown[],
      dict: typeof DataDict,
    ) => Omit<CompiledTemplate, 'name'> = Object(new Function('places', 'constants', 'DataDict', code))
    return { name, ...make(compiler.places, compiler.constants, DataDict) }
  } catch (thrown) {
    throw locate(thrown, { template: name, line: null, column: null })
  }
}
