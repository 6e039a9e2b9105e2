import compiler from 'nunjucks/src/compiler.js'
import nodes, {
  type BinOp,
  type Block,
  type Capture,
  type Compare,
  type For,
  type FromImport,
  type FunCall,
  type If,
  type Import,
  type Include,
  type LookupVal,
  type Macro,
  type Name,
  type Node,
  type NodeList,
  type SetNode,
  type Super,
  type TemplateRef,
  type UnaryOp,
  type Value,
} from 'nunjucks/src/nodes.js'
import parser from 'nunjucks/src/parser.js'
import nunjucksRuntime, { type Frame } from 'nunjucks/src/runtime.js'
import transformer from 'nunjucks/src/transformer.js'
import type { RenderContext } from './context.js'
import { filters, forUndefined, tests } from './filters.js'
import { limits } from './limits.js'
import type { operators } from './operators.js'
import type { Runtime } from './runtime.js'
import { locate, TemplateError } from './template-error.js'
import { tokenize } from './tokenizer.js'

/** A compiled template or block: fills in the values and gives the text. */
export type RenderFunction = (context: RenderContext, frame: Frame, runtime: Runtime) => string

/** A compiled template. */
export interface CompiledTemplate {
  readonly name: string
  readonly root: RenderFunction
  readonly blocks: ReadonlyMap<string, RenderFunction>
}

/** Compiles a template's source. Throws a TemplateError that says where it is wrong. */
export function compileTemplate(source: string, name: string): CompiledTemplate {
  try {
    if (source.length > limits.source) {
      throw new TemplateError(`the template is longer than ${limits.source} characters`)
    }
    const root = new parser.Parser(tokenize(source, name)).parseAsRoot()
    const generated = new SandboxCompiler(name, true)
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

/**
 * nunjucks' compiler, with every emitter replaced that pastes source text into the generated code unquoted,
 * that works on values with JavaScript's own operators, or that would go through nunjucks' environment.
 * What it generates is synchronous and touches nothing but `context`, `frame` and `runtime`.
 */
class SandboxCompiler extends compiler.Compiler {
  readonly #name: string

  constructor(name: string, throwOnUndefined: boolean) {
    super(name, throwOnUndefined)
    this.#name = name
  }

  compileRoot(node: NodeList): void {
    this.#function('root', () => {
      this._emitLine('var parentTemplate = null;')
      this._compileChildren(node, new nunjucksRuntime.Frame())
      this._emitLine('if (parentTemplate) return parentTemplate.root(context, frame, runtime);')
    })
    this.inBlock = true
    const names = new Set<string>()
    for (const block of blocksOf(node)) {
      const name = this.#identifier(block.name)
      if (names.has(name)) this.#refuse(block, `block ${name} is there twice`)
      names.add(name)
      this.#function(`b_${name}`, () => {
        this._emitLine('var frame = callerFrame.push(true);')
        this.compile(block.body, new nunjucksRuntime.Frame())
      })
    }
    this._emitLine(`return { root: root, ${[...names].map((name) => `b_${name}: b_${name}`).join(', ')} };`)
  }

  compileOutput(node: NodeList, frame: Frame): void {
    for (const child of node.children) {
      if (child instanceof nodes.TemplateData) {
        const text = JSON.stringify(child.value)
        if (child.value !== '') this._emitLine(`${this.buffer} += runtime.text(${text});`)
      } else {
        this.#mark(node)
        this._emit(`${this.buffer} += runtime.output(`)
        this.compile(child, frame)
        this._emitLine(`, ${this.#place(child)});`)
      }
    }
  }

  compileLiteral(node: Value): void {
    const { value } = node
    const plain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
    if (!plain) this.#refuse(node, 'this kind of value is not part of the template language')
    this._emit(typeof value === 'number' ? `(${value})` : JSON.stringify(value))
  }

  compileSymbol(node: Name, frame: Frame): void {
    const name = this.#identifier(node)
    const variable = frame.lookup(name)
    this._emit(typeof variable === 'string' ? variable : `runtime.lookup(context, frame, "${name}")`)
  }

  compileDict(node: NodeList, frame: Frame): void {
    this._emit('runtime.dict([')
    node.children.forEach((child, index) => {
      if (!(child instanceof nodes.Pair)) this.#refuse(child, 'a mapping needs keys and values')
      const key = child.key instanceof nodes.Symbol ? this.#identifier(child.key) : child.key
      const text = key instanceof nodes.Literal ? String(key.value) : key
      if (typeof text !== 'string') this.#refuse(child, 'the keys of a mapping are text or names')
      this._emit(`${index > 0 ? ',' : ''}[${JSON.stringify(text)},`)
      this.compile(child.value, frame)
      this._emit(']')
    })
    this._emit('])')
  }

  compileKeywordArgs(node: NodeList, frame: Frame): void {
    for (const child of node.children) {
      if (child instanceof nodes.Pair) this.#identifier(child.key)
    }
    this._emit('runtime.keywords(')
    this.compileDict(node, frame)
    this._emit(')')
  }

  compileLookupVal(node: LookupVal, frame: Frame): void {
    this.#call('runtime.member', [node.target, node.val], frame)
  }

  compileFunCall(node: FunCall, frame: Frame): void {
    const callee = node.name
    this._emit(`(lineno = ${node.lineno}, colno = ${node.colno}, runtime.call(`)
    if (callee instanceof nodes.LookupVal)
      this.#call('runtime.calledMember', [callee.target, callee.val], frame)
    else this._compileExpression(callee, frame)
    this._emit(`, ${JSON.stringify(expressionText(callee))}, `)
    this._compileAggregate(node.args, frame, '[', ']')
    this._emit('))')
  }

  compileFilter(node: FunCall, frame: Frame): void {
    const name = this.#known(node.name, filters, 'filter')
    const [value, ...rest] = node.args.children
    this._emit(`runtime.filter("${name}", [`)
    if (value) {
      const noted = !forUndefined.has(name) && canBeUndefined(value)
      if (noted) this._emit('runtime.defined(')
      this.compile(value, frame)
      if (noted) this._emit(`, ${this.#place(value)})`)
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
    const name = this.#known(called?.name ?? right, tests, 'test')
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
    this.#call('runtime.truthy', [node.target], frame)
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
    this.#call('runtime.truthy', [node.cond], frame)
    this._emit(' ? ')
    this.compile(node.body, frame)
    this._emit(' : ')
    if (node.else_) this.compile(node.else_, frame)
    else this._emit('""')
    this._emit(')')
  }

  compileIf(node: If, frame: Frame): void {
    this.#mark(node)
    this._emit('if (')
    this.#call('runtime.truthy', [node.cond], frame)
    this._emitLine(') {')
    this._withScopedSyntax(() => this.compile(node.body, frame))
    if (node.else_) {
      const otherwise = node.else_
      this._emitLine('} else {')
      this._withScopedSyntax(() => this.compile(otherwise, frame))
    }
    this._emitLine('}')
  }

  compileFor(node: For, outer: Frame): void {
    const targets = node.name instanceof nodes.Array ? node.name.children : [node.name]
    const names = targets.map((target) => this.#identifier(target))
    const [items, index] = [this._tmpid(), this._tmpid()]
    const frame = outer.push()
    this.#mark(node)
    this._emit(`frame = frame.push(); var ${items} = runtime.iterate(`)
    this._compileExpression(node.arr, frame)
    this._emitLine(`, ${names.length}, ${this.#place(node.arr)});`)
    this._emitLine(`for (var ${index} = 0; ${index} < ${items}.length; ${index}++) {`)
    names.forEach((name, place) => {
      const variable = this._tmpid()
      const item = names.length > 1 ? `runtime.unpack(${items}[${index}], ${place})` : `${items}[${index}]`
      this._emitLine(`var ${variable} = ${item}; frame.set("${name}", ${variable});`)
      frame.set(name, variable)
    })
    this._emitLine(`frame.set("loop", runtime.loop(${index}, ${items}.length));`)
    this._withScopedSyntax(() => this.compile(node.body, frame))
    this._emitLine('}')
    if (node.else_) {
      this._emitLine(`if (!${items}.length) {`)
      this.compile(node.else_, frame)
      this._emitLine('}')
    }
    this._emitLine('frame = frame.pop();')
  }

  override compileSet(node: SetNode, frame: Frame): void {
    for (const target of node.targets) this.#identifier(target)
    this.#mark(node)
    super.compileSet(node, frame)
  }

  override compileCapture(node: Capture, frame: Frame): void {
    this._emit('new runtime.SafeString(')
    super.compileCapture(node, frame)
    this._emit(')')
  }

  override compileMacro(node: Macro, frame: Frame): void {
    this.#identifier(node.name)
    this.#checkParameters(node)
    super.compileMacro(node, frame)
  }

  override compileCaller(node: Macro, frame: Frame): void {
    this.#checkParameters(node)
    super.compileCaller(node, frame)
  }

  compileInclude(node: Include, frame: Frame): void {
    this.#mark(node)
    this._emit(`${this.buffer} += runtime.include(`)
    this._compileExpression(node.template, frame)
    this._emitLine(`, ${node.ignoreMissing === true}, context, frame);`)
  }

  compileExtends(node: TemplateRef, frame: Frame): void {
    this.#mark(node)
    this._emit('parentTemplate = runtime.extend(')
    this._compileExpression(node.template, frame)
    this._emitLine(', context);')
  }

  compileBlock(node: Block): void {
    const name = this.#identifier(node.name)
    // Outside of blocks, a template that extends another renders nothing itself.
    const skipped = this.inBlock ? '' : 'parentTemplate ? "" : '
    this._emitLine(`${this.buffer} += ${skipped}context.block("${name}")(context, frame, runtime);`)
  }

  compileSuper(node: Super, frame: Frame): void {
    const [name, symbol] = [this.#identifier(node.blockName), this.#identifier(node.symbol)]
    const rendered = `context.superBlock("${name}", b_${name})(context, frame, runtime)`
    this._emitLine(`var ${symbol} = new runtime.SafeString(${rendered});`)
    frame.set(symbol, symbol)
  }

  compileImport(node: Import, frame: Frame): void {
    const target = this.#identifier(node.target)
    const imported = this.#import(node, frame)
    this.#assign(target, imported, frame)
  }

  compileFromImport(node: FromImport, frame: Frame): void {
    const imported = this.#import(node, frame)
    for (const child of node.names.children) {
      const [from, to] = child instanceof nodes.Pair ? [child.key, child.value] : [child, child]
      const [name, alias, variable] = [this.#identifier(from), this.#identifier(to), this._tmpid()]
      this._emitLine(`var ${variable} = runtime.exported(${imported}, "${name}");`)
      this.#assign(alias, variable, frame)
    }
  }

  compileAsyncEach(node: Node): void {
    this.#refuse(node, 'asyncEach, asyncAll and ifAsync are not part of the template language')
  }
  compileAsyncAll(node: Node): void {
    this.compileAsyncEach(node)
  }
  compileIfAsync(node: Node): void {
    this.compileAsyncEach(node)
  }

  #function(name: string, body: () => void): void {
    const frame = name === 'root' ? 'frame' : 'callerFrame'
    this.buffer = 'output'
    this._emitLine(`function ${name}(context, ${frame}, runtime) {`)
    this._emitLine('var lineno = null, colno = null, output = "";')
    this._emitLine('try {')
    body()
    this._emitLine('return output;')
    this._emitLine(`} catch (e) { throw runtime.locate(e, ${JSON.stringify(this.#name)}, lineno, colno); }`)
    this._emitLine('}')
    this.buffer = null
  }

  #import(node: Import | FromImport, frame: Frame): string {
    const imported = this._tmpid()
    this.#mark(node)
    this._emit(`var ${imported} = runtime.import(`)
    this._compileExpression(node.template, frame)
    this._emitLine(`, ${node.withContext ? 'context' : 'null'});`)
    return imported
  }

  #assign(name: string, variable: string, frame: Frame): void {
    frame.set(name, variable)
    const target = frame.parent ? 'frame.set' : 'context.setVariable'
    this._emitLine(`${target}("${name}", ${variable});`)
  }

  #binary(operator: keyof typeof operators) {
    return (node: BinOp, frame: Frame): void =>
      this.#call(`runtime.${operator}`, [node.left, node.right], frame)
  }

  #unary(operator: keyof typeof operators) {
    return (node: UnaryOp, frame: Frame): void => this.#call(`runtime.${operator}`, [node.target], frame)
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

  #call(target: string, values: readonly Node[], frame: Frame): void {
    this._emit(`${target}(`)
    values.forEach((value, index) => {
      if (index > 0) this._emit(',')
      this._compileExpression(value, frame)
    })
    this._emit(')')
  }

  #checkParameters(node: Macro): void {
    for (const parameter of node.args.children) {
      const pairs = parameter instanceof nodes.NodeList ? parameter.children : [parameter]
      for (const pair of pairs) this.#identifier(pair instanceof nodes.Pair ? pair.key : pair)
    }
  }

  /** The name a node stands for, where the template has to have a name and nothing else. */
  #identifier(node: Node): string {
    if (node instanceof nodes.Symbol && /^[A-Za-z_][A-Za-z0-9_]*$/.test(node.value)) return node.value
    return this.#refuse(node, `a name is needed here, not ${expressionText(node)}`)
  }

  #known(node: Node, registry: ReadonlyMap<string, unknown>, kind: string): string {
    const name = node instanceof nodes.Symbol || node instanceof nodes.Literal ? String(node.value) : ''
    // `none`, `true` and `false` are literals to the parser, and tests too.
    const word = name === 'null' ? 'none' : name
    if (registry.has(word)) return word
    throw locate(
      new TemplateError(`there is no ${kind} named ${JSON.stringify(word.slice(0, 40))}`, {
        unknown: { name: word, known: [...registry.keys()] },
      }),
      this.#name,
      node.lineno + 1,
      node.colno + 1,
    )
  }

  #mark(node: Node): void {
    this._emitLine(`lineno = ${node.lineno}; colno = ${node.colno};`)
  }

  /** What a warning about an undefined value says of it: its source, and where it stands. */
  #place(node: Node): string {
    const { lineno, colno } = firstOf(node)
    return `${JSON.stringify(expressionText(node))}, ${JSON.stringify(this.#name)}, ${lineno}, ${colno}`
  }

  #refuse(node: Node, message: string): never {
    this.fail(message, node.lineno, node.colno)
  }
}

function blocksOf(node: unknown, found: Block[] = []): Block[] {
  if (node instanceof nodes.Block) found.push(node)
  if (Array.isArray(node)) for (const item of node) blocksOf(item, found)
  else if (node instanceof nodes.Node) for (const value of Object.values(node)) blocksOf(value, found)
  return found
}

function canBeUndefined(node: Node): boolean {
  return node instanceof nodes.Symbol || node instanceof nodes.LookupVal
}

/** Where an expression begins. A look-up's own place is its dot. */
function firstOf(node: Node): Node {
  return node instanceof nodes.LookupVal ? firstOf(node.target) : node
}

/** The source of an expression, near enough for people to find it. */
function expressionText(node: Node): string {
  if (node instanceof nodes.Symbol) return node.value
  if (node instanceof nodes.Literal) return JSON.stringify(node.value)
  if (node instanceof nodes.Filter) {
    const [value] = node.args.children
    return `${value ? expressionText(value) : ''} | ${expressionText(node.name)}`
  }
  if (node instanceof nodes.FunCall) return `${expressionText(node.name)}(...)`
  if (!(node instanceof nodes.LookupVal)) return 'expression'
  const { target, val } = node
  if (val instanceof nodes.Literal && typeof val.value === 'string')
    return `${expressionText(target)}.${val.value}`
  return `${expressionText(target)}[${expressionText(val)}]`
}
