import compiler from 'nunjucks/src/compiler.js'
import nodes, {
  type BinOp,
  type Compare,
  type FunCall,
  type If,
  type LookupVal,
  type Name,
  type Node,
  type NodeList,
  type UnaryOp,
  type Value,
} from 'nunjucks/src/nodes.js'
import type { Frame } from 'nunjucks/src/runtime.js'
import { expressionText, firstOf } from './expression-text.js'
import { forUndefined, tests } from './filters.js'
import type { operators } from './operators.js'
import { locate, TemplateError } from './template-error.js'
import type { HostFunction } from './values.js'

/**
 * nunjucks' compiler, with every emitter replaced that pastes source text into the generated code unquoted,
 * or that works on values with JavaScript's own operators. This half is for expressions.
 */
export class ExpressionCompiler extends compiler.Compiler {
  protected readonly name: string
  readonly #filters: ReadonlyMap<string, HostFunction>

  constructor(name: string, filters: ReadonlyMap<string, HostFunction>) {
    super(name, true)
    this.name = name
    this.#filters = filters
  }

  compileLiteral(node: Value): void {
    const { value } = node
    const plain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
    if (!plain) this.refuse(node, 'this kind of value is not part of the template language')
    this._emit(typeof value === 'number' ? `(${value})` : JSON.stringify(value))
  }

  compileSymbol(node: Name, frame: Frame): void {
    const name = this.identifier(node)
    const variable = frame.lookup(name)
    this._emit(typeof variable === 'string' ? variable : `runtime.lookup(context, frame, "${name}")`)
  }

  compileDict(node: NodeList, frame: Frame): void {
    this._emit('runtime.dict([')
    node.children.forEach((child, index) => {
      if (!(child instanceof nodes.Pair)) this.refuse(child, 'a mapping needs keys and values')
      const key = child.key instanceof nodes.Symbol ? this.identifier(child.key) : child.key
      const text = key instanceof nodes.Literal ? String(key.value) : key
      if (typeof text !== 'string') this.refuse(child, 'the keys of a mapping are text or names')
      this._emit(`${index > 0 ? ',' : ''}[${JSON.stringify(text)},`)
      this.compile(child.value, frame)
      this._emit(']')
    })
    this._emit('])')
  }

  compileKeywordArgs(node: NodeList, frame: Frame): void {
    for (const child of node.children) {
      if (child instanceof nodes.Pair) this.identifier(child.key)
    }
    this._emit('runtime.keywords(')
    this.compileDict(node, frame)
    this._emit(')')
  }

  compileLookupVal(node: LookupVal, frame: Frame): void {
    this.call('runtime.member', [node.target, node.val], frame)
  }

  compileFunCall(node: FunCall, frame: Frame): void {
    const callee = node.name
    this._emit(`(lineno = ${node.lineno}, colno = ${node.colno}, runtime.call(`)
    if (callee instanceof nodes.LookupVal)
      this.call('runtime.calledMember', [callee.target, callee.val], frame)
    else this._compileExpression(callee, frame)
    this._emit(`, ${JSON.stringify(expressionText(callee))}, `)
    this._compileAggregate(node.args, frame, '[', ']')
    this._emit('))')
  }

  compileFilter(node: FunCall, frame: Frame): void {
    const name = this.known(node.name, this.#filters, 'filter')
    const [value, ...rest] = node.args.children
    this._emit(`runtime.filter("${name}", [`)
    if (value) {
      const noted = !forUndefined.has(name) && canBeUndefined(value)
      if (noted) this._emit('runtime.defined(')
      this.compile(value, frame)
      if (noted) this._emit(`, ${this.place(value)})`)
    }
    for (const argument of rest) {
      this._emit(',')
      this.compile(argument, frame)
    }
    this._emit('])')
  }

  compileIs(node: BinOp, frame: Frame): void {
    const { right } = node
    const called = right instanceof nodes.FunCall ? right : undefined
    const name = this.known(called?.name ?? right, tests, 'test')
    this._emit(`runtime.test("${name}", [`)
    this.compile(node.left, frame)
    for (const argument of called?.args.children ?? []) {
      this._emit(',')
      this.compile(argument, frame)
    }
    this._emit('])')
  }

  compileIn = this.#binary('contains')
  compileAdd = this.#binary('add')
  compileConcat = this.#binary('concat')
  compileSub = this.#binary('subtract')
  compileMul = this.#binary('multiply')
  compileDiv = this.#binary('divide')
  compileFloorDiv = this.#binary('floorDivide')
  compileMod = this.#binary('modulo')
  compilePow = this.#binary('power')
  compileNeg = this.#unary('negative')
  compilePos = this.#unary('positive')

  compileCompare(node: Compare, frame: Frame): void {
    this._emit('runtime.compare(')
    this.compile(node.expr, frame)
    this._emit(`, ${JSON.stringify(node.ops.map((operand) => operand.type))}, [`)
    for (const operand of node.ops) {
      this.compile(operand.expr, frame)
      this._emit(',')
    }
    this._emit('])')
  }

  compileNot(node: UnaryOp, frame: Frame): void {
    this._emit('!')
    this.call('runtime.truthy', [node.target], frame)
  }

  compileAnd(node: BinOp, frame: Frame): void {
    this.#either(
      node,
      frame,
      (left) => `runtime.truthy(${left}) ?`,
      (left) => `: ${left}`,
    )
  }

  compileOr(node: BinOp, frame: Frame): void {
    this.#either(
      node,
      frame,
      (left) => `runtime.truthy(${left}) ? ${left} :`,
      () => '',
    )
  }

  compileInlineIf(node: If, frame: Frame): void {
    this._emit('(')
    this.call('runtime.truthy', [node.cond], frame)
    this._emit(' ? ')
    this.compile(node.body, frame)
    this._emit(' : ')
    if (node.else_) this.compile(node.else_, frame)
    else this._emit('""')
    this._emit(')')
  }

  #binary(operator: keyof typeof operators) {
    return (node: BinOp, frame: Frame): void =>
      this.call(`runtime.${operator}`, [node.left, node.right], frame)
  }

  #unary(operator: keyof typeof operators) {
    return (node: UnaryOp, frame: Frame): void => this.call(`runtime.${operator}`, [node.target], frame)
  }

  #either(
    node: BinOp,
    frame: Frame,
    before: (left: string) => string,
    after: (left: string) => string,
  ): void {
    const left = this._tmpid()
    this._emit(`((${left}) => ${before(left)} `)
    this.compile(node.right, frame)
    this._emit(` ${after(left)})(`)
    this.compile(node.left, frame)
    this._emit(')')
  }

  protected call(target: string, values: readonly Node[], frame: Frame): void {
    this._emit(`${target}(`)
    values.forEach((value, index) => {
      if (index > 0) this._emit(',')
      this._compileExpression(value, frame)
    })
    this._emit(')')
  }

  /** The name a node stands for, where the template has to have a name and nothing else. */
  protected identifier(node: Node): string {
    if (node instanceof nodes.Symbol && /^[A-Za-z_][A-Za-z0-9_]*$/.test(node.value)) return node.value
    return this.refuse(node, `a name is needed here, not ${expressionText(node)}`)
  }

  protected known(node: Node, registry: ReadonlyMap<string, unknown>, kind: string): string {
    const name = node instanceof nodes.Symbol || node instanceof nodes.Literal ? String(node.value) : ''
    // `none`, `true` and `false` are literals to the parser, and tests too.
    const word = name === 'null' ? 'none' : name
    if (registry.has(word)) return word
    throw locate(
      new TemplateError(`there is no ${kind} named ${JSON.stringify(word.slice(0, 40))}`, {
        unknown: { name: word, known: [...registry.keys()] },
      }),
      this.name,
      node.lineno + 1,
      node.colno + 1,
    )
  }

  protected mark(node: Node): void {
    this._emitLine(`lineno = ${node.lineno}; colno = ${node.colno};`)
  }

  /** What a warning about an undefined value says of it: its source, and where it stands. */
  protected place(node: Node): string {
    const { lineno, colno } = firstOf(node)
    return `${JSON.stringify(expressionText(node))}, ${JSON.stringify(this.name)}, ${lineno}, ${colno}`
  }

  protected refuse(node: Node, message: string): never {
    this.fail(message, node.lineno, node.colno)
  }
}

function canBeUndefined(node: Node): boolean {
  return node instanceof nodes.Symbol || node instanceof nodes.LookupVal
}
