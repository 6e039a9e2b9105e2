import nodes, { type If, type Node, type NodeList, type SetNode } from 'nunjucks/src/nodes.js'
import {
  type Autoescape,
  type CaptureSet,
  type Do,
  type FilterBlock,
  type Loop,
  NamespaceTarget,
  type OwnTag,
  TemplateBlock,
  TupleNode,
  type With,
} from '../syntax/nodes.js'
import type { Frame } from './code-writer.js'
import { ExpressionCompiler } from './expression-compiler.js'
import { hasNode, reads, targetNames } from './names.js'

/** Writes what a template does with its values: print, branch, loop, set. */
export class StatementCompiler extends ExpressionCompiler {
  /** Whether the template has said without condition that it extends another, and prints no more itself. */
  protected extendsAlways = false

  compileOutput(node: NodeList, frame: Frame): void {
    if (frame.isOutermost && this.extendsAlways) return
    if (frame.isOutermost) this._emitLine('if (!parent) {')
    for (const child of node.children) {
      if (child instanceof nodes.TemplateData) {
        this._emitLine(`${this.buffer} += ${JSON.stringify(child.value)};`)
      } else {
        const place = this.place(child)
        this._emitLine(`at = ${place};`)
        this._emit(`${this.buffer} += runtime.output(`)
        this.compile(child, frame)
        this._emitLine(`, ${frame.autoescape}, places[${place}]);`)
      }
    }
    if (frame.isOutermost) this._emitLine('}')
  }

  compileIf({ cond, body, else_ }: If, frame: Frame): void {
    const maybe = this.conditional(frame)
    this.mark(cond)
    this._emit('if (')
    this.emitCondition(cond, frame)
    this._emitLine(') {')
    this.compile(body, maybe)
    if (else_) {
      this._emitLine('} else {')
      this.compile(else_, maybe)
    }
    this._emitLine('}')
  }

  compileDo({ value }: Do, frame: Frame): void {
    this.mark(value)
    this.compile(value, frame)
    this._emitLine(';')
  }

  compileSet({ targets, value }: SetNode, frame: Frame): void {
    for (const target of targets) {
      this.mark(target)
      this.#assign(target, frame, () => value && this.compile(value, frame))
    }
  }

  compileCaptureSet({ target, value }: CaptureSet, frame: Frame): void {
    this.mark(target)
    this.#assign(target, frame, () => this.compile(value, { ...frame, isOutermost: false }))
  }

  #assign(target: Node, frame: Frame, emitValue: () => void): void {
    if (target instanceof NamespaceTarget) {
      this._emit('runtime.setMember(')
      this.compile(target.namespace, frame)
      this._emit(`, ${JSON.stringify(target.name)}, `)
      emitValue()
      this._emitLine(');')
    } else {
      const value = this._tmpid()
      this._emit(`const ${value} = `)
      emitValue()
      this._emitLine(';')
      this.assignTo(target, value, frame)
    }
  }

  /** Gives a value to the name, or its items to the names, that a target has. */
  protected assignTo(target: Node, value: string, frame: Frame, declares = false): void {
    if (target instanceof nodes.Symbol) {
      const id = frame.names.find(target.value)?.id
      if (id === undefined || id.includes('.')) this.refuse(target, `${target.value} cannot be set here`)
      this._emitLine(`${declares ? 'let ' : ''}${id} = ${value};`)
      if (frame.isTop) this.emitExport(target.value, id)
    } else if (target instanceof TupleNode) {
      const items = this._tmpid()
      this._emitLine(`const ${items} = runtime.unpack(${value}, ${target.children.length});`)
      for (const [place, item] of target.children.entries()) {
        this.assignTo(item, `${items}[${place}]`, frame, declares)
      }
    } else this.refuse(target, 'a name is needed to assign to')
  }

  /** What is set at the top of a template can be seen by its blocks, and by those that import it. */
  protected emitExport(name: string, id: string): void {
    const how = name.startsWith('_') ? 'set' : 'export'
    this._emitLine(`context.${how}(${JSON.stringify(name)}, ${id});`)
  }

  compileWith({ targets, values, body }: With, frame: Frame): void {
    const given = values.map((value) => {
      const id = this._tmpid()
      this.mark(value)
      this._emit(`const ${id} = `)
      this.compile(value, frame)
      this._emitLine(';')
      return id
    })
    this.#scope(frame, body, (scope) => {
      for (const target of targets) for (const { value } of targetNames(target)) scope.names.give(value)
      for (const [place, target] of targets.entries()) this.assignTo(target, given[place] ?? '', scope, true)
    })
  }

  compileAutoescape({ on, body }: Autoescape, frame: Frame): void {
    const scope = { ...this.inner(frame), autoescape: this._tmpid() }
    this._emitLine('{')
    this.enter(scope, [on, body])
    this.mark(on)
    this._emit(`const ${scope.autoescape} = runtime.truthy(`)
    this.compile(on, { ...scope, autoescape: frame.autoescape })
    this._emitLine(');')
    this.compile(body, scope)
    this._emitLine('}')
  }

  #scope(frame: Frame, body: Node, begin: (scope: Frame) => void = () => {}): void {
    const scope = this.inner(frame)
    this._emitLine('{')
    begin(scope)
    this.enter(scope, [body])
    this.compile(body, scope)
    this._emitLine('}')
  }

  /** A filter's result is printed as it is: what went into it was escaped before. */
  compileFilterBlock({ value }: FilterBlock, frame: Frame): void {
    this.mark(value)
    this._emit(`${this.buffer} += runtime.outputAsIs(`)
    this.compile(value, frame)
    this._emitLine(');')
  }

  compileOwnTag({ name, args, body }: OwnTag, frame: Frame): void {
    const place = this.place(args)
    this._emitLine(`at = ${place};`)
    this._emit(`${this.buffer} += runtime.ownTag(${JSON.stringify(name)}, `)
    this.emitArguments(args.children, frame)
    this._emit(', ')
    if (body) this.compile(body, frame)
    else this._emit('null')
    this._emitLine(`, ${frame.autoescape}, places[${place}]);`)
  }

  compileLoop(node: Loop, frame: Frame): void {
    const names = targetNames(node.name)
    const hasScoped = hasNode(node.body, (inner) => inner instanceof TemplateBlock && inner.scoped)
    const isExtended = node.recursive || reads(node.body, 'loop') || hasScoped
    if (isExtended && names.some(({ value }) => value === 'loop')) {
      this.refuse(node.name, 'loop is the name of the loop itself')
    }
    const place = this.place(node.arr)
    const items = this._tmpid()
    this._emitLine(`at = ${place};`)
    this._emit(`const ${items} = runtime.defined(`)
    this.compile(node.arr, frame)
    this._emitLine(`, places[${place}]);`)
    if (!node.recursive) this.#loop(node, items, frame, isExtended ? '0' : undefined)
    else {
      const loop = this._tmpid()
      this._emitLine(`const ${loop} = (items, depth) => runtime.nested(() => {`)
      this.writeBody({ ...frame, isTop: false, isRoot: false }, (inside) => {
        this.#loop(node, 'items', inside, `depth, ${loop}, ${frame.autoescape}`)
      })
      this._emitLine('});')
      this._emitLine(`${this.buffer} += ${loop}(${items}, 0);`)
    }
  }

  /** A loop over what the variable `items` holds. `state` are the arguments of what `loop` means in it. */
  #loop(node: Loop, items: string, outer: Frame, state: string | undefined): void {
    const frame = this.inner(outer)
    const [source, item, ran] = [this._tmpid(), this._tmpid(), this._tmpid()]
    this._emit(`const ${source} = `)
    this.#emitItems(node, items, outer)
    this._emitLine(';')
    if (node.else_) this._emitLine(`let ${ran} = false;`)
    if (state === undefined) this._emitLine(`for (const ${item} of ${source}) {`)
    else {
      const loop = this._tmpid()
      frame.names.give('loop', `${loop}.value`)
      this._emitLine(`const ${loop} = runtime.loop(${items}, ${source}, ${node.test !== null}, ${state});`)
      this._emitLine(`while (${loop}.advance()) {`)
      this._emitLine(`const ${item} = ${loop}.current;`)
    }
    this._emitLine(`runtime.round(${this.buffer}.length);`)
    for (const { value } of targetNames(node.name)) frame.names.give(value)
    this.assignTo(node.name, item, frame, true)
    this.enter(frame, [node.body])
    this.compile(node.body, frame)
    if (node.else_) this._emitLine(`${ran} = true;`)
    this._emitLine('}')
    if (!node.else_) return
    const otherwise = this.inner(outer)
    this._emitLine(`if (!${ran}) {`)
    this.enter(otherwise, [node.else_])
    this.compile(node.else_, otherwise)
    this._emitLine('}')
  }

  /** What is gone through: with a test, what passes it when its turn comes. */
  #emitItems({ name, test }: Loop, items: string, outer: Frame): void {
    if (!test) {
      this._emit(`runtime.iterate(${items})`)
      return
    }
    const frame = this.inner(outer)
    const item = this._tmpid()
    this._emitLine(`runtime.filtered(${items}, (${item}) => {`)
    for (const { value } of targetNames(name)) frame.names.give(value)
    this.assignTo(name, item, frame, true)
    this.enter(frame, [test])
    this._emit('return ')
    this.emitCondition(test, frame)
    this._emit('; })')
  }
}
