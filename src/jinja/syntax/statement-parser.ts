import nodes, { type Name, type Node, type NodeList } from 'nunjucks/src/nodes.js'
import { TemplateError } from '../template-error.js'
import { describe, ExpressionParser } from './expression-parser.js'
import {
  Autoescape,
  CallBlock,
  CaptureSet,
  Do,
  FilterBlock,
  IncludeTemplate,
  Loop,
  NamespaceTarget,
  OwnTag,
  TemplateBlock,
  TupleNode,
  With,
} from './nodes.js'
import type { Token } from './tokenizer.js'

const reserved: ReadonlySet<string> = new Set(['true', 'false', 'none', 'True', 'False', 'None'])

/** What the parser knows of a tag of the user's own: whether it has a body that `end` and its name close. */
export interface TagSyntax {
  readonly body: boolean
}

/** nunjucks' parser with the tags of Jinja2, its `do`, and the user's own. */
export class StatementParser extends ExpressionParser {
  readonly #tags: ReadonlyMap<string, TagSyntax>
  /** The tags whose end is awaited, the innermost last. */
  readonly #open: Token[] = []
  readonly #statements: ReadonlyMap<string, (tag: Token) => Node> = new Map([
    ['for', (tag) => this.parseLoop(tag)],
    ['if', (tag) => this.parseBranches(tag)],
    ['set', (tag) => this.parseAssignment(tag)],
    ['block', (tag) => this.parseTemplateBlock(tag)],
    ['extends', ({ lineno, colno }) => new nodes.Extends(lineno, colno, this.parseExpression())],
    ['include', (tag) => this.parseIncludeTemplate(tag)],
    ['import', (tag) => this.parseImportAs(tag)],
    ['from', (tag) => this.parseFromImport(tag)],
    ['macro', (tag) => this.parseMacroBlock(tag)],
    ['call', (tag) => this.parseCallBlock(tag)],
    ['filter', (tag) => this.parseFilterBlock(tag)],
    ['with', (tag) => this.parseWith(tag)],
    ['autoescape', (tag) => this.parseAutoescape(tag)],
    ['do', ({ lineno, colno }) => new Do(lineno, colno, this.parseTuple())],
    ['print', (tag) => this.parsePrint(tag)],
  ])

  constructor(tokens: readonly Token[], template: string, tags: ReadonlyMap<string, TagSyntax>) {
    super(tokens, template)
    this.#tags = tags
  }

  override parseNodes(): Node[] {
    const found: Node[] = []
    for (;;) {
      const token = this.nextToken()
      const { lineno, colno, type, value } = token
      if (type === 'data') {
        found.push(new nodes.Output(lineno, colno, [new nodes.TemplateData(lineno, colno, value)]))
      } else if (type === 'variable-start') {
        found.push(new nodes.Output(lineno, colno, [this.parseTuple()]))
        if (!this.skip('variable-end')) this.refuse(`expected }}, found ${describe(this.peekToken())}`)
      } else if (type === 'block-start') {
        const statement = this.parseStatement()
        if (!statement) return found
        found.push(statement)
        this.endTag()
      } else {
        if (this.breakOnBlocks) this.refuseEnd(this.breakOnBlocks, token)
        return found
      }
    }
  }

  override parseStatement(): Node | null {
    const tag = this.peekToken()
    if (tag.type !== 'symbol') this.refuse(`expected the name of a tag, found ${describe(tag)}`, tag)
    if (this.breakOnBlocks?.includes(tag.value)) return null
    const read = this.#statements.get(tag.value)
    const own = this.#tags.get(tag.value)
    if (!read && !own) this.refuseTag(tag)
    this.nextToken()
    this.#open.push(tag)
    const node = this.nested(() =>
      own ? this.parseOwnTag(tag, own) : read ? read(tag) : this.refuseTag(tag),
    )
    this.#open.pop()
    return node
  }

  private refuseEnd(missing: readonly string[], end: Token): never {
    const tags = missing.map((name) => `{% ${name} %}`).join(' or ')
    const open = this.#open.at(-1)
    const whose = open ? ` for the {% ${open.value} %} of line ${open.lineno + 1}` : ''
    return this.refuse(`the template ends, but ${tags} is missing${whose}`, end)
  }

  private refuseTag(tag: Token): never {
    const expected = this.breakOnBlocks ? `; expected ${this.breakOnBlocks.join(' or ')}` : ''
    throw new TemplateError(`there is no tag named ${JSON.stringify(tag.value.slice(0, 40))}${expected}`, {
      kind: 'syntax',
      location: { template: this.template, line: tag.lineno + 1, column: tag.colno + 1 },
      unknown: {
        name: tag.value,
        known: [...(this.breakOnBlocks ?? []), ...this.#statements.keys(), ...this.#tags.keys(), 'raw'],
      },
    })
  }

  private endTag(): void {
    if (!this.skip('block-end'))
      this.refuse(`expected the end of the tag, found ${describe(this.peekToken())}`)
  }

  /** The body of a tag up to one of the named ones, which is read but for its end. */
  private body(...ends: readonly string[]): NodeList {
    this.skipOperator(':')
    this.endTag()
    return this.parseUntilBlocks(...ends)
  }

  private bodyUntil(end: string): NodeList {
    const body = this.body(end)
    this.nextToken()
    return body
  }

  private parseLoop({ lineno, colno }: Token): Node {
    const target = this.parseTarget(['in'])
    if (!this.skipSymbol('in')) this.refuse(`expected in, found ${describe(this.peekToken())}`)
    const items = this.parseTuple(() => this.parseOr(), ['recursive'])
    const test = this.skipSymbol('if') ? this.parseExpression() : null
    const isRecursive = this.skipSymbol('recursive')
    const body = this.body('endfor', 'else')
    const otherwise = this.nextToken().value === 'else' ? this.bodyUntil('endfor') : null
    return new Loop(lineno, colno, items, target, body, otherwise, test, isRecursive)
  }

  private parseBranches({ lineno, colno }: Token): Node {
    const first = new nodes.If(
      lineno,
      colno,
      this.parseTuple(() => this.parseOr()),
    )
    let node = first
    for (;;) {
      node.body = this.body('elif', 'else', 'endif')
      const next = this.nextToken()
      if (next.value === 'endif') return first
      if (next.value === 'else') {
        node.else_ = this.bodyUntil('endif')
        return first
      }
      const branch = new nodes.If(
        next.lineno,
        next.colno,
        this.parseTuple(() => this.parseOr()),
      )
      node.else_ = branch
      node = branch
    }
  }

  private parseAssignment({ lineno, colno }: Token): Node {
    const target = this.parseTarget([], true)
    if (this.skipOperator('=')) return new nodes.Set(lineno, colno, [target], this.parseTuple())
    const capture = new nodes.Capture(lineno, colno, null)
    const value = this.parseFiltersOn(capture)
    return new CaptureSet(lineno, colno, target, this.fill(value, capture, 'endset'))
  }

  /** The filters that a tag names, on what its body will be. */
  private parseFiltersOn(capture: Node): Node {
    let value = capture
    while (this.isOperator('|')) value = this.parseFilter(value)
    return value
  }

  private fill(value: Node, capture: Node, end: string): Node {
    Object.assign(capture, { body: this.bodyUntil(end) })
    return value
  }

  /** What is assigned to: a name, a tuple of them, or where it is allowed a member of a namespace. */
  private parseTarget(ends: readonly string[], withNamespace = false): Node {
    const after = this.secondToken()
    if (withNamespace && after.type === 'operator' && after.value === '.') {
      const namespace = this.name('a name')
      this.expectOperator('.')
      const { lineno, colno } = namespace
      return new NamespaceTarget(lineno, colno, namespace, this.name('a name behind the dot').value)
    }
    const target = this.parseTuple(() => this.parsePrimary(), ends)
    this.checkTarget(target)
    return target
  }

  private checkTarget(target: Node): void {
    if (target instanceof nodes.Symbol && !reserved.has(target.value)) return
    if (!(target instanceof TupleNode)) this.refuse('expected a name to assign to', target)
    for (const item of target.children) this.checkTarget(item)
  }

  private assignedName(what: string): Name {
    const name = this.name(what)
    if (reserved.has(name.value)) this.refuse(`${name.value} cannot be assigned to`, name)
    return name
  }

  private parseTemplateBlock(tag: Token): Node {
    const name = this.name('the name of a block')
    const isScoped = this.skipSymbol('scoped')
    const isRequired = this.skipSymbol('required')
    if (this.isOperator('-')) this.refuse('the name of a block is a name, without hyphens')
    const body = this.bodyUntil('endblock')
    if (isRequired && !isBlank(body)) this.refuse('a required block holds comments and white space only', tag)
    this.skipSymbol(name.value)
    return new TemplateBlock(tag.lineno, tag.colno, name, body, isScoped, isRequired)
  }

  private parseIncludeTemplate({ lineno, colno }: Token): Node {
    const template = this.parseExpression()
    const { type, value } = this.secondToken()
    const ignoresMissing = this.isSymbol('ignore') && type === 'symbol' && value === 'missing'
    if (ignoresMissing) {
      this.nextToken()
      this.nextToken()
    }
    return new IncludeTemplate(lineno, colno, template, ignoresMissing, this.parseContext() ?? true)
  }

  /** `with context` or `without context`, where one of them comes. */
  private parseContext(): boolean | undefined {
    const { type, value } = this.secondToken()
    if (!this.isSymbol('with', 'without') || type !== 'symbol' || value !== 'context') return undefined
    const isWith = this.nextToken().value === 'with'
    this.nextToken()
    return isWith
  }

  private parseImportAs({ lineno, colno }: Token): Node {
    const template = this.parseExpression()
    if (!this.skipSymbol('as')) this.refuse(`expected as, found ${describe(this.peekToken())}`)
    const target = this.assignedName('a name')
    return new nodes.Import(lineno, colno, template, target, this.parseContext() ?? false)
  }

  private parseFromImport({ lineno, colno }: Token): Node {
    const template = this.parseExpression()
    if (!this.skipSymbol('import')) this.refuse(`expected import, found ${describe(this.peekToken())}`)
    const names: Node[] = []
    let withContext: boolean | undefined
    do {
      withContext = this.parseContext()
      if (withContext !== undefined) break
      const name = this.assignedName('the name of what is imported')
      if (name.value.startsWith('_')) this.refuse('names that begin with _ cannot be imported', name)
      const alias = this.skipSymbol('as') ? this.assignedName('a name') : name
      names.push(new nodes.Pair(name.lineno, name.colno, name, alias))
      withContext = this.parseContext()
    } while (withContext === undefined && this.skipOperator(','))
    const list = new nodes.NodeList(lineno, colno, names)
    return new nodes.FromImport(lineno, colno, template, list, withContext ?? false)
  }

  private parseMacroBlock({ lineno, colno }: Token): Node {
    const name = this.assignedName('the name of a macro')
    const parameters = this.parseParameters()
    return new nodes.Macro(lineno, colno, name, parameters, this.bodyUntil('endmacro'))
  }

  /** Names, and pairs of names and defaults. */
  private parseParameters(): NodeList {
    const { lineno, colno } = this.peekToken()
    const parameters: Node[] = []
    this.expectOperator('(')
    while (!this.skipOperator(')')) {
      if (parameters.length > 0) this.expectOperator(',')
      const name = this.assignedName('the name of a parameter')
      const isRepeated = parameters.some((known) => parameterName(known) === name.value)
      if (isRepeated) this.refuse(`the parameter ${name.value} is there twice`, name)
      if (this.skipOperator('=')) {
        parameters.push(new nodes.Pair(name.lineno, name.colno, name, this.parseExpression()))
      } else if (parameters.at(-1) instanceof nodes.Pair) {
        this.refuse('a parameter without a default stands behind one with a default', name)
      } else parameters.push(name)
    }
    return new nodes.NodeList(lineno, colno, parameters)
  }

  private parseCallBlock({ lineno, colno }: Token): Node {
    const parameters = this.isOperator('(') ? this.parseParameters() : new nodes.NodeList(lineno, colno, [])
    const call = this.parseExpression()
    if (!(call instanceof nodes.FunCall) || call instanceof nodes.Filter)
      this.refuse('expected a call of a macro', call)
    const name = new nodes.Symbol(lineno, colno, 'caller')
    return new CallBlock(
      lineno,
      colno,
      call,
      new nodes.Caller(lineno, colno, name, parameters, this.bodyUntil('endcall')),
    )
  }

  private parseFilterBlock({ lineno, colno }: Token): Node {
    const capture = new nodes.Capture(lineno, colno, null)
    const value = this.parseFiltersOn(this.parseFilter(capture))
    return new FilterBlock(lineno, colno, this.fill(value, capture, 'endfilter'))
  }

  private parseWith({ lineno, colno }: Token): Node {
    const targets: Node[] = []
    const values: Node[] = []
    while (this.peekToken().type !== 'block-end') {
      if (targets.length > 0) this.expectOperator(',')
      targets.push(this.parseTarget([]))
      this.expectOperator('=')
      values.push(this.parseExpression())
    }
    return new With(lineno, colno, targets, values, this.bodyUntil('endwith'))
  }

  private parseAutoescape({ lineno, colno }: Token): Node {
    return new Autoescape(lineno, colno, this.parseExpression(), this.bodyUntil('endautoescape'))
  }

  private parsePrint({ lineno, colno }: Token): Node {
    const printed: Node[] = []
    while (this.peekToken().type !== 'block-end') {
      if (printed.length > 0) this.expectOperator(',')
      printed.push(this.parseExpression())
    }
    return new nodes.Output(lineno, colno, printed)
  }

  private parseOwnTag({ lineno, colno, value }: Token, { body }: TagSyntax): Node {
    const args = this.argumentsUntil(lineno, colno, () => this.peekToken().type === 'block-end')
    const capture = body ? new nodes.Capture(lineno, colno, this.bodyUntil(`end${value}`)) : null
    return new OwnTag(lineno, colno, value, args, capture)
  }
}

function isBlank(body: NodeList): boolean {
  return body.children.every(
    (node) =>
      node instanceof nodes.Output &&
      node.children.every(
        (child) => child instanceof nodes.TemplateData && /^\s*$/.test(String(child.value)),
      ),
  )
}

function parameterName(node: Node): string | undefined {
  const name = node instanceof nodes.Pair ? node.key : node
  return name instanceof nodes.Symbol ? name.value : undefined
}
