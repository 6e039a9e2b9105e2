import compiler from 'nunjucks/src/compiler.js'
import nodes, { type Node } from 'nunjucks/src/nodes.js'
import { Attribute, Slice, TestNode } from '../syntax/nodes.js'
import { type NamedPlace, TemplateError } from '../template-error.js'
import type { Language } from './language.js'
import { Names } from './names.js'

/** Where in a template the compiler is. */
export interface Frame {
  readonly names: Names
  /** What the function that is written has of the context and of its own, and declares at its start. */
  readonly home: Home
  /** The generated code's name of whether values are escaped here. */
  readonly autoescape: string
  /** Whether what is set here is a variable of the whole template. */
  readonly isTop: boolean
  /** Whether that is so without condition. */
  readonly isRoot: boolean
  /** Whether this may never run, so that unknown filters and tests are errors only when it does. */
  readonly isConditional: boolean
  /** Whether output counts only where the template extends no other. */
  readonly isOutermost: boolean
}

interface Home {
  readonly shared: Map<string, string>
  readonly temporaries: string[]
  /** Those that look-ups use, one after the other. */
  lookup?: { readonly value: string; readonly field: string }
}

/**
 * nunjucks' compiler, writing functions, scopes and places. Nothing of a template's text ever gets into the
 * code but as a JSON string or a number: variables have numbered names of their own.
 */
export class CodeWriter extends compiler.Compiler<Frame> {
  readonly places: NamedPlace[] = []
  readonly constants: unknown[] = []
  protected readonly language: Language
  readonly #template: string

  constructor(template: string, language: Language) {
    super(template, true)
    this.#template = template
    this.language = language
  }

  protected refuse(node: Node, message: string, unknown?: { name: string; known: readonly string[] }): never {
    const location = { template: this.#template, line: node.lineno + 1, column: node.colno + 1 }
    throw new TemplateError(message, { kind: 'syntax', location, ...(unknown && { unknown }) })
  }

  /** The number of a node's place. */
  protected place(node: Node): number {
    const { lineno, colno } = firstOf(node)
    const place = {
      name: expressionText(node),
      template: this.#template,
      line: lineno + 1,
      column: colno + 1,
    }
    return this.places.push(place) - 1
  }

  /** Notes for errors where the code is. */
  protected mark(node: Node): void {
    this._emitLine(`at = ${this.place(node)};`)
  }

  protected temporary({ home }: Frame): string {
    const id = this._tmpid()
    home.temporaries.push(id)
    return id
  }

  /** Temporaries for a value and its field: whoever reads them has done so before the next look-up begins. */
  protected lookup(frame: Frame): { readonly value: string; readonly field: string } {
    frame.home.lookup ??= { value: this.temporary(frame), field: this.temporary(frame) }
    return frame.home.lookup
  }

  /**
   * Writes a function's body: `work` gets its outermost frame. What it throws gets the place it is at.
   * `names` are those of the scope around, where it sees them.
   */
  protected writeBody(
    { names, ...flags }: Partial<Omit<Frame, 'names' | 'home'>> & { readonly names?: Names },
    work: (frame: Frame) => void,
  ): void {
    const home: Home = { shared: new Map(), temporaries: [] }
    const frame: Frame = {
      names: new Names(names, home.shared, () => this._tmpid()),
      home,
      autoescape: 'autoescape',
      isTop: false,
      isRoot: false,
      isConditional: false,
      isOutermost: false,
      ...flags,
    }
    this._emitLine(`let at = 0;`)
    const output = this._pushBuffer()
    const start = this.codebuf.push('\n') - 1
    this._emitLine('try {')
    work(frame)
    this._emitLine(`return ${output};`)
    this._emitLine('} catch (thrown) { throw runtime.locate(thrown, places[at]); }')
    this._popBuffer()
    const shared = [...home.shared].map(([name, id]) => `${id} = context.resolve(${JSON.stringify(name)})`)
    const declared = [...shared, ...home.temporaries]
    if (declared.length > 0) this.codebuf[start] = `let ${declared.join(', ')};\n`
  }

  /** A frame for a scope inside of another. */
  protected inner(frame: Frame): Frame {
    const names = new Names(frame.names, frame.home.shared, () => this._tmpid())
    return { ...frame, names, isTop: false, isRoot: false, isConditional: false }
  }

  /** The same scope where it may never run. */
  protected conditional(frame: Frame): Frame {
    return { ...frame, isRoot: false, isConditional: true }
  }

  /** Settles the names of a scope and declares its variables. */
  protected enter(frame: Frame, parts: readonly unknown[]): void {
    frame.names.analyze(parts)
    for (const [name, { id, start }] of frame.names.declared()) {
      if (start === 'context') this._emitLine(`let ${id} = context.resolve(${JSON.stringify(name)});`)
      else this._emitLine(typeof start === 'object' ? `let ${id} = ${start.outer};` : `let ${id};`)
    }
  }

  /** The variables that an included template sees, or a scoped block. */
  protected emitVisible({ names }: Frame): void {
    const pairs = [...names.visible()].map(([name, id]) => `[${JSON.stringify(name)}, ${id}]`)
    this._emit(`[${pairs.join(', ')}]`)
  }

  protected emitList(items: readonly Node[], frame: Frame): void {
    this._emit('[')
    for (const item of items) {
      this.compile(item, frame)
      this._emit(', ')
    }
    this._emit(']')
  }
}

/** Where an expression begins. A look-up's own place is its dot. */
function firstOf(node: Node): Node {
  if (node instanceof nodes.LookupVal || node instanceof Attribute) return firstOf(node.target)
  if (node instanceof TestNode) return firstOf(node.value)
  return node
}

/** The source of an expression, near enough for people to find it. */
function expressionText(node: Node | null): string {
  if (node === null) return ''
  if (node instanceof nodes.Symbol) return node.value
  if (node instanceof nodes.Literal) return JSON.stringify(node.value)
  if (node instanceof Attribute) return `${expressionText(node.target)}.${node.name}`
  if (node instanceof Slice) return `${expressionText(node.start)}:${expressionText(node.stop)}`
  if (node instanceof nodes.Filter) {
    const [value] = node.args.children
    const { name } = node
    return `${expressionText(value ?? null)} | ${name instanceof nodes.Literal ? name.value : ''}`
  }
  if (node instanceof nodes.FunCall) return `${expressionText(node.name)}(...)`
  if (!(node instanceof nodes.LookupVal)) return 'expression'
  const { target, val } = node
  if (val instanceof nodes.Literal && typeof val.value === 'string') {
    return `${expressionText(target)}.${val.value}`
  }
  return `${expressionText(target)}[${expressionText(val)}]`
}
