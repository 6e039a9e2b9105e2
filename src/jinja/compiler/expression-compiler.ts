import nodes, {
  type BinOp,
  type Capture,
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
import { dictMethods } from '../methods/dict.js'
import { type Attribute, type ConcatNode, KeywordSpread, Slice, Spread, TestNode } from '../syntax/nodes.js'
import { CodeWriter, type Frame } from './code-writer.js'
import { loopMembers } from './loop-members.js'

/** Filters that are there to deal with what is undefined. */
const forUndefined: ReadonlySet<string> = new Set(['default', 'd'])

const comparisons: ReadonlyMap<string, string> = new Map([
  ['==', 'equal'],
  ['!=', 'unequal'],
  ['<', 'less'],
  ['<=', 'lessOrEqual'],
  ['>', 'greater'],
  ['>=', 'greaterOrEqual'],
  ['in', 'isIn'],
  ['not in', 'isNotIn'],
])

/** Writes expressions. All work on values is the runtime's, but for what JavaScript does just the same. */
export class ExpressionCompiler extends CodeWriter {
  compileLiteral({ value }: Value): void {
    if (typeof value === 'string') this._emit(JSON.stringify(value))
    else if (value === null || typeof value === 'boolean') this._emit(String(value))
    else if (typeof value === 'number' && Number.isFinite(value)) this._emit(`(${value})`)
    else this._emit(`constants[${this.constants.push(value) - 1}]`)
  }

  compileSymbol(node: Name, { names }: Frame): void {
    const variable = names.find(node.value)
    if (!variable) this.refuse(node, `${node.value} cannot be read here`)
    const { id, start } = variable
    if (start === 'nothing' || start === 'maybe' || typeof start === 'object') {
      this._emit(`(${id} === undefined ? runtime.notThere(${JSON.stringify(node.value)}) : ${id})`)
    } else this._emit(id)
  }

  compileArray(node: NodeList, frame: Frame): void {
    this.emitList(node.children, frame)
  }

  compileTuple(node: NodeList, frame: Frame): void {
    this._emit('runtime.tuple(')
    this.emitList(node.children, frame)
    this._emit(')')
  }

  compileDict(node: NodeList, frame: Frame): void {
    this._emit('runtime.dict(')
    this.#emitPairs(node.children, frame)
    this._emit(')')
  }

  #emitPairs(pairs: readonly Node[], frame: Frame): void {
    this._emit('[')
    for (const pair of pairs) {
      if (pair instanceof nodes.Pair) {
        this.emitList([pair.key, pair.value], frame)
      } else if (pair instanceof KeywordSpread) {
        this._emit('...runtime.pairs(')
        this.compile(pair.value, frame)
        this._emit(')')
      }
      this._emit(', ')
    }
    this._emit(']')
  }

  compileAttribute(node: Attribute, frame: Frame): void {
    const { target, name } = node
    const loop =
      target instanceof nodes.Symbol && target.value === 'loop' ? frame.names.find('loop') : undefined
    const isLoop = loop?.start === 'given' && loop.id.endsWith('.value')
    if (isLoop && loopMembers.has(name)) {
      this._emit(`${loop.id.slice(0, -'.value'.length)}.${name}`)
      return
    }
    const text = JSON.stringify(name)
    if (dictMethods.has(name)) {
      this._emit('runtime.attribute(')
      this.compile(target, frame)
      this._emit(`, ${text})`)
      return
    }
    // Most look-ups find a field of the data. Written out, JavaScript remembers for each of them where in an
    // object the field was, which it could not in one function for all.
    const { value, field } = this.lookup(frame)
    this._emit(`((${value} = `)
    this.compile(target, frame)
    this._emit(`) instanceof DataDict && (${field} = ${value}[${text}]) !== undefined`)
    this._emit(` ? ${field} : runtime.attribute(${value}, ${text}))`)
  }

  compileLookupVal({ target, val }: LookupVal, frame: Frame): void {
    if (!(val instanceof Slice)) {
      this.#emitCall('item', [target, val], frame)
      return
    }
    this._emit('runtime.slice(')
    this.compile(target, frame)
    for (const part of [val.start, val.stop, val.step]) {
      this._emit(', ')
      if (part) this.compile(part, frame)
      else this._emit('null')
    }
    this._emit(')')
  }

  compileSlice(node: Slice): void {
    this.refuse(node, 'a slice stands alone between its brackets')
  }

  compileFunCall(node: FunCall, frame: Frame): void {
    this.emitMacroCall(node, frame)
  }

  /** A call, with what is called back for as `caller` where there is a body for it. */
  protected emitMacroCall(node: FunCall, frame: Frame, caller?: () => void): void {
    const place = this.place(node.name)
    this._emit(`(at = ${place}, runtime.call(`)
    this.compile(node.name, frame)
    this._emit(', ')
    this.emitArguments(node.args.children, frame, caller)
    this._emit(`, places[${place}]))`)
  }

  protected emitArguments(args: readonly Node[], frame: Frame, caller?: () => void): void {
    const named = args.filter((argument) => argument instanceof nodes.KeywordArgs)
    const pairs = named.flatMap((list) => list.children)
    if (args.length === 0 && !caller) {
      this._emit('none')
      return
    }
    this._emit('[')
    for (const argument of args) {
      if (argument instanceof nodes.KeywordArgs) continue
      if (argument instanceof Spread) {
        this._emit('...runtime.spread(')
        this.compile(argument.value, frame)
        this._emit(')')
      } else this.compile(argument, frame)
      this._emit(', ')
    }
    if (pairs.length > 0 || caller) {
      this._emit('runtime.named(')
      this.#emitPairs(pairs, frame)
      if (caller) {
        this._emit(', ')
        caller()
      }
      this._emit(')')
    }
    this._emit(']')
  }

  compileFilter(node: FunCall, frame: Frame): void {
    const [value, ...args] = node.args.children
    const name = this.#known(node.name, this.language.filters, 'filter', frame)
    if (!value) this.refuse(node, 'a filter needs something to work on')
    this._emit(`runtime.filter(${JSON.stringify(name)}, `)
    const isNoted = !forUndefined.has(name) && isLookup(value)
    if (isNoted) this._emit('runtime.defined(')
    this.compile(value, frame)
    if (isNoted) this._emit(`, places[${this.place(value)}])`)
    this._emit(', ')
    this.emitArguments(args, frame)
    this._emit(`, (at = ${this.place(node.name)}, ${frame.autoescape}))`)
  }

  compileTest({ value, name, args }: TestNode, frame: Frame): void {
    const known = this.#known(name, this.language.tests, 'test', frame)
    this._emit(`runtime.test(${JSON.stringify(known)}, `)
    this.compile(value, frame)
    this._emit(', ')
    this.emitArguments(args.children, frame)
    this._emit(`, (at = ${this.place(name)}, ${frame.autoescape}))`)
  }

  #known(node: Node, known: ReadonlyMap<string, unknown>, kind: string, { isConditional }: Frame): string {
    const name = node instanceof nodes.Literal ? String(node.value) : ''
    if (!known.has(name) && !isConditional) {
      const message = `there is no ${kind} named ${JSON.stringify(name.slice(0, 40))}`
      this.refuse(node, message, { name, known: [...known.keys()] })
    }
    return name
  }

  /** The text of a tag's body, as a value. */
  compileCapture({ body }: Capture, frame: Frame): void {
    this._emitLine('(() => {')
    const output = this._pushBuffer()
    const scope = this.inner(frame)
    this.enter(scope, [body])
    this.compile(body, scope)
    this._emitLine(`return runtime.captured(${output}, ${frame.autoescape});`)
    this._popBuffer()
    this._emit('})()')
  }

  compileAdd = this.#operator('add')
  compileSub = this.#operator('subtract')
  compileMul = this.#operator('multiply')
  compileDiv = this.#operator('divide')
  compileFloorDiv = this.#operator('floorDivide')
  compileMod = this.#operator('modulo')
  compilePow = this.#operator('power')

  #operator(name: string) {
    return ({ left, right }: BinOp, frame: Frame): void => this.#emitCall(name, [left, right], frame)
  }

  compileNeg({ target }: UnaryOp, frame: Frame): void {
    this.#emitCall('negative', [target], frame)
  }

  compilePos({ target }: UnaryOp, frame: Frame): void {
    this.#emitCall('positive', [target], frame)
  }

  compileConcatAll(node: ConcatNode, frame: Frame): void {
    this._emit('runtime.concat(')
    this.emitList(node.children, frame)
    this._emit(`, ${frame.autoescape})`)
  }

  /** `a < b < c` is `a < b and b < c`, with `b` looked at once. */
  compileCompare({ expr, ops }: Compare, frame: Frame): void {
    let left = ''
    this._emit('(')
    ops.forEach(({ type, expr: right }, index) => {
      this._emit(`${index > 0 ? ' && ' : ''}runtime.${comparisons.get(type)}(`)
      if (index > 0) this._emit(left)
      else this.compile(expr, frame)
      this._emit(', ')
      if (index < ops.length - 1) {
        left = this.temporary(frame)
        this._emit(`${left} = `)
      }
      this.compile(right, frame)
      this._emit(')')
    })
    this._emit(')')
  }

  compileNot({ target }: UnaryOp, frame: Frame): void {
    this._emit('!')
    this.emitCondition(target, frame)
  }

  compileAnd({ left, right }: BinOp, frame: Frame): void {
    const first = this.temporary(frame)
    this._emit(`(runtime.truthy(${first} = `)
    this.compile(left, frame)
    this._emit(') ? ')
    this.compile(right, frame)
    this._emit(` : ${first})`)
  }

  compileOr({ left, right }: BinOp, frame: Frame): void {
    const first = this.temporary(frame)
    this._emit(`(runtime.truthy(${first} = `)
    this.compile(left, frame)
    this._emit(`) ? ${first} : `)
    this.compile(right, frame)
    this._emit(')')
  }

  /** The truth of an expression, as JavaScript's. */
  protected emitCondition(node: Node, frame: Frame): void {
    const isBoolean = node instanceof nodes.Compare || node instanceof nodes.Not || node instanceof TestNode
    if (isBoolean) this.compile(node, frame)
    else if (node instanceof nodes.And || node instanceof nodes.Or) {
      this._emit('(')
      this.emitCondition(node.left, frame)
      this._emit(node instanceof nodes.And ? ' && ' : ' || ')
      this.emitCondition(node.right, frame)
      this._emit(')')
    } else this.#emitCall('truthy', [node], frame)
  }

  compileInlineIf({ cond, body, else_ }: If, frame: Frame): void {
    const maybe = this.conditional(frame)
    this._emit('(')
    this.emitCondition(cond, frame)
    this._emit(' ? ')
    this.compile(body, maybe)
    this._emit(' : ')
    if (else_) this.compile(else_, maybe)
    else this._emit('runtime.nothing')
    this._emit(')')
  }

  #emitCall(name: string, values: readonly Node[], frame: Frame): void {
    this._emit(`runtime.${name}(`)
    values.forEach((value, index) => {
      if (index > 0) this._emit(', ')
      this.compile(value, frame)
    })
    this._emit(')')
  }
}

function isLookup(node: Node): boolean {
  return node instanceof nodes.Symbol || node instanceof nodes.LookupVal || node.typename === 'Attribute'
}
