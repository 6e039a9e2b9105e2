import nodes, {
  type Block,
  type FromImport,
  type Import,
  type Macro,
  type Node,
  type NodeList,
  type TemplateRef,
} from 'nunjucks/src/nodes.js'
import type { CallBlock, IncludeTemplate, TemplateBlock } from '../syntax/nodes.js'
import type { Frame } from './code-writer.js'
import { findBlocks, hasNode, reads } from './names.js'
import { StatementCompiler } from './statement-compiler.js'

/** Writes what templates share: macros, blocks, and what they take from one another. */
export class TemplateCompiler extends StatementCompiler {
  #extends = false

  compileRoot(node: NodeList): void {
    // The first place is the template's start: where functions are before they come to a place of their own.
    this.place(node)
    const isExtending = hasNode(node, (found) => found.typename === 'Extends')
    this._emitLine('function root(context, runtime, autoescape) {')
    this.#writeFunction({ isTop: true, isRoot: true, isOutermost: isExtending }, node.children, (frame) => {
      if (isExtending) this._emitLine('let parent = null;')
      for (const child of node.children) this.compile(child, frame)
      if (isExtending) {
        this._emitLine(
          `if (parent) ${this.buffer} += runtime.nested(() => parent.root(context, runtime, autoescape));`,
        )
      }
    })
    this._emitLine('}')
    const blocks = findBlocks(node)
    const names = new Set<string>()
    for (const block of blocks) {
      const name = block.name.value
      if (names.has(name)) this.refuse(block, `the block ${name} is there twice`)
      names.add(name)
    }
    this._emitLine('const blocks = new Map();')
    for (const block of blocks) this.#writeBlock(block)
    this._emitLine('return { root, blocks };')
  }

  #writeBlock({ name, body }: Block): void {
    const text = JSON.stringify(name.value)
    this._emitLine(`blocks.set(${text}, function block(context, runtime, autoescape) {`)
    this.#writeFunction(
      {},
      [body],
      (frame) => this.compile(body, frame),
      (frame) => {
        if (!reads(body, 'super')) return
        this._emitLine(`let ${frame.names.give('super')} = runtime.superBlock(context, ${text}, block);`)
      },
    )
    this._emitLine('});')
  }

  #writeFunction(
    flags: Partial<Frame>,
    parts: readonly Node[],
    work: (frame: Frame) => void,
    begin: (frame: Frame) => void = () => {},
  ): void {
    this.writeBody(flags, (frame) => {
      if (reads(parts, 'self')) this._emitLine(`let ${frame.names.give('self')} = runtime.self(context);`)
      begin(frame)
      this.enter(frame, parts)
      work(frame)
    })
  }

  compileTemplateBlock({ name, scoped, required }: TemplateBlock, frame: Frame): void {
    if (frame.isTop && this.extendsAlways) return
    this.mark(name)
    if (frame.isTop && this.#extends) this._emitLine('if (!parent) ')
    this._emit(`${this.buffer} += runtime.block(context, ${JSON.stringify(name.value)}, ${required}, `)
    if (scoped) this.emitVisible(frame)
    else this._emit('null')
    this._emitLine(');')
  }

  compileExtends({ template, ...node }: TemplateRef, frame: Frame): void {
    if (!frame.isTop)
      this.refuse(template, `a template extends another at its top only, not in line ${node.lineno + 1}`)
    this.#extends = true
    this.mark(template)
    this._emit('parent = runtime.extend(')
    this.compile(template, frame)
    this._emitLine(', context, parent);')
    if (frame.isRoot) this.extendsAlways = true
  }

  compileIncludeTemplate({ template, ignoreMissing, withContext }: IncludeTemplate, frame: Frame): void {
    this.mark(template)
    this._emit(`${this.buffer} += runtime.include(`)
    this.compile(template, frame)
    this._emit(`, ${ignoreMissing}, `)
    this.#emitContext(withContext, frame)
    this._emitLine(');')
  }

  compileImport(node: Import, frame: Frame): void {
    const { value } = node.target
    this.#setImported(value, frame, () => {
      this.#emitImport(node, frame)
      this._emit('.value')
    })
  }

  compileFromImport(node: FromImport, frame: Frame): void {
    const imported = this._tmpid()
    this.mark(node.template)
    this._emit(`const ${imported} = `)
    this.#emitImport(node, frame)
    this._emitLine(';')
    for (const pair of node.names.children) {
      if (
        !(
          pair instanceof nodes.Pair &&
          pair.key instanceof nodes.Symbol &&
          pair.value instanceof nodes.Symbol
        )
      )
        continue
      const name = JSON.stringify(pair.key.value)
      this.#setImported(pair.value.value, frame, () => this._emit(`${imported}.exported(${name})`))
    }
  }

  #emitImport({ template, withContext }: Import | FromImport, frame: Frame): void {
    this._emit(`runtime.import((at = ${this.place(template)}, `)
    this.compile(template, frame)
    this._emit('), ')
    this.#emitContext(withContext, frame)
    this._emit(')')
  }

  #emitContext(withContext: boolean, frame: Frame): void {
    this._emit(withContext ? 'context, ' : 'null, []')
    if (withContext) this.emitVisible(frame)
  }

  /** What is imported is seen by blocks, and not handed on to those that import this template. */
  #setImported(name: string, frame: Frame, emitValue: () => void): void {
    const id = frame.names.find(name)?.id
    this._emit(`${id} = `)
    emitValue()
    this._emitLine(';')
    if (frame.isTop) this._emitLine(`context.setImported(${JSON.stringify(name)}, ${id});`)
  }

  compileMacro(node: Macro, frame: Frame): void {
    const name = node.name.value
    const id = frame.names.find(name)?.id
    this._emit(`${id} = `)
    this.#emitMacro(JSON.stringify(name), node, frame)
    this._emitLine(';')
    if (frame.isTop && id !== undefined) this.emitExport(name, id)
  }

  compileCaller(node: Macro, frame: Frame): void {
    this.#emitMacro('null', node, frame)
  }

  compileCallBlock({ call, caller }: CallBlock, frame: Frame): void {
    if (!(call instanceof nodes.FunCall)) this.refuse(call, 'a call block needs a call')
    this.mark(call)
    this._emit(`${this.buffer} += runtime.outputCall(`)
    this.emitMacroCall(call, frame, () => this.compile(caller, frame))
    this._emitLine(`, ${frame.autoescape});`)
  }

  #emitMacro(name: string, { args, body }: Macro, outer: Frame): void {
    const parameters = args.children.map((parameter) => {
      const symbol = parameter instanceof nodes.Pair ? parameter.key : parameter
      if (!(symbol instanceof nodes.Symbol)) this.refuse(parameter, 'a parameter needs a name')
      return { name: symbol.value, fallback: parameter instanceof nodes.Pair ? parameter.value : null }
    })
    const ownCaller = parameters.find((parameter) => parameter.name === 'caller')
    if (ownCaller && !ownCaller.fallback && reads(body, 'caller')) {
      this.refuse(args, 'a parameter named caller needs a default')
    }
    const fallbacks = parameters.map(({ fallback }) => fallback)
    const uses = (special: string) =>
      reads(body, special) && !parameters.some((parameter) => parameter.name === special)
    const special = ['caller', 'kwargs', 'varargs'].filter(uses)
    const all = [...parameters.map((parameter) => parameter.name), ...special]
    const ids = all.map(() => this._tmpid())
    const shape = {
      parameters: parameters.map((parameter) => parameter.name),
      special,
      isOwnCaller: ownCaller !== undefined,
    }
    this._emitLine(
      `runtime.macro(${name}, ${JSON.stringify(shape)}, ${outer.autoescape}, (${ids.join(', ')}) => {`,
    )
    const flags = { ...outer, isTop: false, isRoot: false, isOutermost: false, isConditional: false }
    this.writeBody(flags, (frame) => {
      all.forEach((parameter, place) => {
        // A default can be about a parameter whose own turn has not come.
        frame.names.give(parameter, ids[place], reads(fallbacks, parameter) ? 'maybe' : 'given')
      })
      this.enter(frame, [fallbacks, body])
      parameters.forEach(({ name: parameter, fallback }, place) => {
        if (fallback) this.mark(fallback)
        this._emit(`if (${ids[place]} === undefined) ${ids[place]} = `)
        if (fallback) this.compile(fallback, frame)
        else this._emit(`runtime.notGiven(${JSON.stringify(parameter)})`)
        this._emitLine(';')
      })
      this.compile(body, frame)
    })
    this._emit('})')
  }
}
