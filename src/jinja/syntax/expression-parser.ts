import nodes, { type Name, type Node, type NodeList, type Value } from 'nunjucks/src/nodes.js'
import nunjucks from 'nunjucks/src/parser.js'
import { TemplateError } from '../template-error.js'
import { float } from '../values/numbers.js'
import { Attribute, ConcatNode, KeywordSpread, Slice, Spread, TestNode, TupleNode } from './nodes.js'
import { nodeKinds } from './operators.js'
import type { Token } from './tokenizer.js'

const constants: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])

/** How deep expressions and tags may stand in one another. */
const deepest = 200

/** nunjucks' parser with the expressions of Jinja2, in its order of precedence. */
export class ExpressionParser extends nunjucks.Parser<Token> {
  readonly template: string
  readonly #upcoming: () => Token
  #depth = 0

  constructor(tokens: readonly Token[], template: string) {
    const last = tokens.at(-1)
    if (!last) throw new TemplateError('a template has at least its end')
    let place = 0
    super({ nextToken: () => tokens[place++] ?? last })
    this.template = template
    this.#upcoming = () => tokens[place] ?? last
  }

  /** The token after the next. */
  protected secondToken(): Token {
    this.peekToken()
    return this.#upcoming()
  }

  protected refuse(
    message: string,
    at: { lineno: number; colno: number } = this.peekToken(),
    kind: 'syntax' | 'nesting' = 'syntax',
  ): never {
    const location = { template: this.template, line: at.lineno + 1, column: at.colno + 1 }
    throw new TemplateError(message, { kind, location })
  }

  /** Goes one level deeper into the template. */
  protected nested<T>(read: () => T): T {
    if (++this.#depth > deepest)
      this.refuse(`this is nested more than ${deepest} levels deep`, this.peekToken(), 'nesting')
    const result = read()
    this.#depth--
    return result
  }

  protected isOperator(value: string): boolean {
    const { type, value: found } = this.peekToken()
    return type === 'operator' && found === value
  }

  protected isSymbol(...values: readonly string[]): boolean {
    const { type, value } = this.peekToken()
    return type === 'symbol' && values.includes(value)
  }

  protected skipOperator(value: string): boolean {
    return this.skipValue('operator', value)
  }

  protected expectOperator(value: string): void {
    if (!this.skipOperator(value)) this.refuse(`expected ${value}, found ${describe(this.peekToken())}`)
  }

  /** A name, whatever it means elsewhere. */
  protected name(what: string): Name {
    const token = this.nextToken()
    if (token.type !== 'symbol') this.refuse(`expected ${what}, found ${describe(token)}`, token)
    return new nodes.Symbol(token.lineno, token.colno, token.value)
  }

  /** `a if b else c`. */
  override parseExpression(): Node {
    return this.nested(() => {
      let node = this.parseOr()
      while (this.skipSymbol('if')) {
        const condition = this.parseOr()
        const otherwise = this.skipSymbol('else') ? this.parseExpression() : null
        node = new nodes.InlineIf(node.lineno, node.colno, condition, node, otherwise)
      }
      return node
    })
  }

  /** `a, b` where it stands without parentheses, or one expression. */
  protected parseTuple(read = () => this.parseExpression(), ends: readonly string[] = []): Node {
    const first = this.peekToken()
    const items: Node[] = []
    let isTuple = false
    for (;;) {
      if (this.endsTuple(ends)) break
      items.push(read())
      if (!this.skipOperator(',')) break
      isTuple = true
    }
    const [only] = items
    if (isTuple) return new TupleNode(first.lineno, first.colno, items)
    return only ?? this.refuse(`expected an expression, found ${describe(first)}`)
  }

  private endsTuple(ends: readonly string[]): boolean {
    const { type } = this.peekToken()
    return type === 'variable-end' || type === 'block-end' || this.isOperator(')') || this.isSymbol(...ends)
  }

  override parseNot(): Node {
    const token = this.peekToken()
    if (!this.skipSymbol('not')) return this.parseIn()
    return new nodes.Not(
      token.lineno,
      token.colno,
      this.nested(() => this.parseNot()),
    )
  }

  /** Comparisons, `in` and `not in`, which all bind alike and make chains. */
  override parseIn(): Node {
    const first = this.parseSum()
    const operands: Node[] = []
    for (let sign = this.comparison(); sign; sign = this.comparison()) {
      operands.push(new nodes.CompareOperand(sign.lineno, sign.colno, this.parseSum(), sign.value))
    }
    return operands.length > 0 ? new nodes.Compare(first.lineno, first.colno, first, operands) : first
  }

  private comparison(): Token | undefined {
    const token = this.peekToken()
    if (token.type === 'operator' && /^(?:[=!<>]=|[<>])$/.test(token.value)) return this.nextToken()
    if (this.skipSymbol('in')) return token
    const { type, value } = this.secondToken()
    if (!this.isSymbol('not') || type !== 'symbol' || value !== 'in') return undefined
    this.nextToken()
    this.nextToken()
    return { ...token, value: 'not in' }
  }

  private parseSum(): Node {
    return this.leftToRight(['+', '-'], () => this.parseConcat())
  }

  private parseConcat(): Node {
    const first = this.parseProduct()
    const items = [first]
    while (this.skipOperator('~')) items.push(this.parseProduct())
    return items.length > 1 ? new ConcatNode(first.lineno, first.colno, items) : first
  }

  private parseProduct(): Node {
    return this.leftToRight(['*', '/', '//', '%'], () => this.parsePower())
  }

  /** From left to right, although Python reads powers from right to left: Jinja2 does the same. */
  private parsePower(): Node {
    return this.leftToRight(['**'], () => this.parseUnary())
  }

  private leftToRight(signs: readonly string[], read: () => Node): Node {
    let node = read()
    for (;;) {
      const token = this.peekToken()
      const Kind =
        token.type === 'operator' && signs.includes(token.value) ? nodeKinds.get(token.value) : undefined
      if (!Kind) return node
      this.nextToken()
      node = new Kind(token.lineno, token.colno, node, read())
    }
  }

  private parseUnary(withFilters = true): Node {
    const token = this.peekToken()
    const Sign = this.skipOperator('-') ? nodes.Neg : this.skipOperator('+') ? nodes.Pos : undefined
    const operand = Sign
      ? new Sign(
          token.lineno,
          token.colno,
          this.nested(() => this.parseUnary(false)),
        )
      : this.parsePrimary()
    const node = this.parsePostfix(operand)
    return withFilters ? this.parseFilters(node) : node
  }

  protected parsePrimary(): Node {
    const token = this.nextToken()
    const { lineno, colno, type, value } = token
    const literal = (content: unknown) => new nodes.Literal(lineno, colno, content)
    if (type === 'symbol') {
      const constant = constants.get(value)
      return constant === undefined ? new nodes.Symbol(lineno, colno, value) : literal(constant)
    }
    if (type === 'string') {
      let text = value
      while (this.peekToken().type === 'string') text += this.nextToken().value
      return literal(text)
    }
    if (type === 'int') return literal(Number(value.replaceAll('_', '')))
    if (type === 'float') return literal(float(Number(value.replaceAll('_', ''))))
    if (type === 'operator') {
      if (value === '(') return this.nested(() => this.parseParentheses(token))
      if (value === '[') return this.nested(() => new nodes.Array(lineno, colno, this.items(']')))
      if (value === '{') return this.nested(() => new nodes.Dict(lineno, colno, this.pairs()))
    }
    return this.refuse(`expected an expression, found ${describe(token)}`, token)
  }

  private parseParentheses({ lineno, colno }: Token): Node {
    if (this.skipOperator(')')) return new TupleNode(lineno, colno, [])
    const node = this.parseTuple()
    this.expectOperator(')')
    return node
  }

  private items(end: string): Node[] {
    const items: Node[] = []
    while (!this.skipOperator(end)) {
      if (items.length > 0) this.expectOperator(',')
      if (items.length > 0 && this.skipOperator(end)) break
      items.push(this.parseExpression())
    }
    return items
  }

  private pairs(): Node[] {
    const pairs: Node[] = []
    while (!this.skipOperator('}')) {
      if (pairs.length > 0) this.expectOperator(',')
      if (pairs.length > 0 && this.skipOperator('}')) break
      const key = this.parseExpression()
      this.expectOperator(':')
      pairs.push(new nodes.Pair(key.lineno, key.colno, key, this.parseExpression()))
    }
    return pairs
  }

  /** Look-ups and calls behind an operand. */
  private parsePostfix(operand: Node): Node {
    let node = operand
    for (;;) {
      if (this.isOperator('.') || this.isOperator('[')) node = this.parseLookup(node)
      else if (this.isOperator('(')) node = this.parseCall(node)
      else return node
    }
  }

  /** Filters, tests, and calls of their results. */
  private parseFilters(operand: Node): Node {
    let node = operand
    for (;;) {
      if (this.isOperator('|')) node = this.parseFilter(node)
      else if (this.isSymbol('is')) node = this.parseTest(node)
      else if (this.isOperator('(')) node = this.parseCall(node)
      else return node
    }
  }

  private parseLookup(target: Node): Node {
    const { lineno, colno, value } = this.nextToken()
    if (value === '[') return new nodes.LookupVal(lineno, colno, target, this.parseKey())
    const token = this.nextToken()
    if (token.type === 'symbol') return new Attribute(lineno, colno, target, token.value)
    if (token.type !== 'int')
      this.refuse(`expected a name or a number behind the dot, found ${describe(token)}`, token)
    const index = new nodes.Literal(token.lineno, token.colno, Number(token.value.replaceAll('_', '')))
    return new nodes.LookupVal(lineno, colno, target, index)
  }

  private parseKey(): Node {
    const first = this.peekToken()
    const keys: Node[] = []
    do keys.push(this.parseSlice())
    while (this.skipOperator(','))
    this.expectOperator(']')
    const [only] = keys
    return keys.length === 1 && only ? only : new TupleNode(first.lineno, first.colno, keys)
  }

  private parseSlice(): Node {
    const { lineno, colno } = this.peekToken()
    const isEnd = () => this.isOperator(':') || this.isOperator(']') || this.isOperator(',')
    const start = isEnd() ? null : this.parseExpression()
    if (start && !this.isOperator(':')) return start
    if (!this.skipOperator(':')) this.refuse(`expected a key, found ${describe(this.peekToken())}`)
    const stop = isEnd() ? null : this.parseExpression()
    const step = this.skipOperator(':') && !isEnd() ? this.parseExpression() : null
    return new Slice(lineno, colno, start, stop, step)
  }

  protected parseCall(callee: Node): Node {
    const { lineno, colno } = this.peekToken()
    return new nodes.FunCall(lineno, colno, callee, this.parseArguments())
  }

  /** `| name(args)`. The bar is optional where a tag begins with the filter. */
  protected parseFilter(operand: Node): Node {
    this.skipOperator('|')
    const name = this.dottedName('the name of a filter')
    const { lineno, colno } = name
    const args = this.isOperator('(') ? this.parseArguments().children : []
    return new nodes.Filter(lineno, colno, name, new nodes.NodeList(lineno, colno, [operand, ...args]))
  }

  private parseTest(value: Node): Node {
    this.nextToken()
    const isNegated = this.skipSymbol('not')
    const name = this.dottedName('the name of a test')
    const args = this.isOperator('(') ? this.parseArguments() : this.testArgument(name)
    const node = new TestNode(name.lineno, name.colno, value, name, args)
    return isNegated ? new nodes.Not(name.lineno, name.colno, node) : node
  }

  /** A test's only argument may stand without parentheses. */
  private testArgument({ lineno, colno }: Value): NodeList {
    const { type } = this.peekToken()
    const opens = this.isOperator('(') || this.isOperator('[') || this.isOperator('{')
    const begins = ['symbol', 'string', 'int', 'float'].includes(type) || opens
    if (!begins || this.isSymbol('else', 'or', 'and')) return new nodes.NodeList(lineno, colno, [])
    if (this.isSymbol('is')) this.refuse('tests cannot be chained with is')
    return new nodes.NodeList(lineno, colno, [this.parsePostfix(this.parsePrimary())])
  }

  /** The name of a filter or test: no variable, so a literal. */
  private dottedName(what: string): Value {
    const { lineno, colno, value } = this.name(what)
    let whole = value
    while (this.skipOperator('.')) whole += `.${this.name(what).value}`
    return new nodes.Literal(lineno, colno, whole)
  }

  /** The arguments of a call: by place, `*list`, by name, `**mapping`. */
  protected parseArguments(): NodeList {
    const { lineno, colno } = this.peekToken()
    this.expectOperator('(')
    return this.argumentsUntil(lineno, colno, () => this.skipOperator(')'))
  }

  protected argumentsUntil(lineno: number, colno: number, ends: () => boolean): NodeList {
    const placed: Node[] = []
    const named: Node[] = []
    while (!ends()) {
      if (placed.length + named.length > 0) {
        this.expectOperator(',')
        if (ends()) break
      }
      this.nested(() => this.parseArgument(placed, named))
    }
    if (named.length > 0) placed.push(new nodes.KeywordArgs(lineno, colno, named))
    return new nodes.NodeList(lineno, colno, placed)
  }

  private parseArgument(placed: Node[], named: Node[]): void {
    const token = this.peekToken()
    const { lineno, colno } = token
    const after = this.secondToken()
    const closed = named.some((node) => node instanceof KeywordSpread)
    const spread = placed.some((node) => node instanceof Spread)
    const inOrder = (is: boolean) => {
      if (!is) this.refuse('arguments come by place first, then *list, then by name, then **mapping', token)
    }
    if (this.skipOperator('*')) {
      inOrder(!spread && !closed)
      placed.push(new Spread(lineno, colno, this.parseExpression()))
    } else if (this.skipOperator('**')) {
      inOrder(!closed)
      named.push(new KeywordSpread(lineno, colno, this.parseExpression()))
    } else if (token.type === 'symbol' && after.type === 'operator' && after.value === '=') {
      inOrder(!closed)
      const key = this.name('the name of an argument').value
      this.expectOperator('=')
      const isRepeated = named.some(
        (node) => node instanceof nodes.Pair && node.key instanceof nodes.Literal && node.key.value === key,
      )
      if (isRepeated) this.refuse(`the argument ${key} is given twice`, token)
      named.push(new nodes.Pair(lineno, colno, new nodes.Literal(lineno, colno, key), this.parseExpression()))
    } else {
      inOrder(!spread && named.length === 0)
      placed.push(this.parseExpression())
    }
  }
}

/** A token as errors name it. */
export function describe({ type, value }: Token): string {
  if (type === 'end') return 'the end of the template'
  if (type === 'block-end' || type === 'variable-end')
    return `the end of the ${type === 'block-end' ? 'tag' : 'expression'}`
  return type === 'string' ? 'a text' : JSON.stringify(value.slice(0, 40))
}
