import nodes, {
  type Block,
  type Capture,
  type For,
  type FromImport,
  type If,
  type Import,
  type Include,
  type Macro,
  type Node,
  type NodeList,
  type SetNode,
  type Super,
  type TemplateRef,
} from 'nunjucks/src/nodes.js'
import nunjucksRuntime, { type Frame } from 'nunjucks/src/runtime.js'
import { ExpressionCompiler } from './expression-compiler.js'

/**
 * The other half, for statements and whole templates. What it generates is synchronous, does not go through
 * nunjucks' environment, and touches nothing but `context`, `frame` and `runtime`.
 */
export class TemplateCompiler extends ExpressionCompiler {
  compileRoot(node: NodeList): void {
    this.#function('root', () => {
      this._emitLine('var parentTemplate = null;')
      this._compileChildren(node, new nunjucksRuntime.Frame())
      this._emitLine('if (parentTemplate) return parentTemplate.root(context, frame, runtime);')
    })
    this.inBlock = true
    const names = new Set<string>()
    for (const block of blocksOf(node)) {
      const name = this.identifier(block.name)
      if (names.has(name)) this.refuse(block, `block ${name} is there twice`)
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
        this.mark(node)
        this._emit(`${this.buffer} += runtime.output(`)
        this.compile(child, frame)
        this._emitLine(`, ${this.place(child)});`)
      }
    }
  }

  compileIf(node: If, frame: Frame): void {
    this.mark(node)
    this._emit('if (')
    this.call('runtime.truthy', [node.cond], frame)
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
    const names = targets.map((target) => this.identifier(target))
    const [items, index] = [this._tmpid(), this._tmpid()]
    const frame = outer.push()
    this.mark(node)
    this._emit(`frame = frame.push(); var ${items} = runtime.iterate(`)
    this._compileExpression(node.arr, frame)
    this._emitLine(`, ${names.length}, ${this.place(node.arr)});`)
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
    for (const target of node.targets) this.identifier(target)
    this.mark(node)
    super.compileSet(node, frame)
  }

  override compileCapture(node: Capture, frame: Frame): void {
    this._emit('new runtime.SafeString(')
    super.compileCapture(node, frame)
    this._emit(')')
  }

  override compileMacro(node: Macro, frame: Frame): void {
    this.identifier(node.name)
    this.#checkParameters(node)
    super.compileMacro(node, frame)
  }

  override compileCaller(node: Macro, frame: Frame): void {
    this.#checkParameters(node)
    super.compileCaller(node, frame)
  }

  compileInclude(node: Include, frame: Frame): void {
    this.mark(node)
    this._emit(`${this.buffer} += runtime.include(`)
    this._compileExpression(node.template, frame)
    this._emitLine(`, ${node.ignoreMissing === true}, context, frame);`)
  }

  compileExtends(node: TemplateRef, frame: Frame): void {
    this.mark(node)
    this._emit('parentTemplate = runtime.extend(')
    this._compileExpression(node.template, frame)
    this._emitLine(', context);')
  }

  compileBlock(node: Block): void {
    const name = this.identifier(node.name)
    // Outside of blocks, a template that extends another renders nothing itself.
    const skipped = this.inBlock ? '' : 'parentTemplate ? "" : '
    this._emitLine(`${this.buffer} += ${skipped}context.block("${name}")(context, frame, runtime);`)
  }

  compileSuper(node: Super, frame: Frame): void {
    const [name, symbol] = [this.identifier(node.blockName), this.identifier(node.symbol)]
    const rendered = `context.superBlock("${name}", b_${name})(context, frame, runtime)`
    this._emitLine(`var ${symbol} = new runtime.SafeString(${rendered});`)
    frame.set(symbol, symbol)
  }

  compileImport(node: Import, frame: Frame): void {
    const target = this.identifier(node.target)
    const imported = this.#import(node, frame)
    this.#assign(target, imported, frame)
  }

  compileFromImport(node: FromImport, frame: Frame): void {
    const imported = this.#import(node, frame)
    for (const child of node.names.children) {
      const [from, to] = child instanceof nodes.Pair ? [child.key, child.value] : [child, child]
      const [name, alias, variable] = [this.identifier(from), this.identifier(to), this._tmpid()]
      this._emitLine(`var ${variable} = runtime.exported(${imported}, "${name}");`)
      this.#assign(alias, variable, frame)
    }
  }

  compileAsyncEach(node: Node): void {
    this.refuse(node, 'asyncEach, asyncAll and ifAsync are not part of the template language')
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
    this._emitLine(`} catch (e) { throw runtime.locate(e, ${JSON.stringify(this.name)}, lineno, colno); }`)
    this._emitLine('}')
    this.buffer = null
  }

  #import(node: Import | FromImport, frame: Frame): string {
    const imported = this._tmpid()
    this.mark(node)
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

  #checkParameters(node: Macro): void {
    for (const parameter of node.args.children) {
      const pairs = parameter instanceof nodes.NodeList ? parameter.children : [parameter]
      for (const pair of pairs) this.identifier(pair instanceof nodes.Pair ? pair.key : pair)
    }
  }
}

function blocksOf(node: unknown, found: Block[] = []): Block[] {
  if (node instanceof nodes.Block) found.push(node)
  if (Array.isArray(node)) for (const item of node) blocksOf(item, found)
  else if (node instanceof nodes.Node) for (const value of Object.values(node)) blocksOf(value, found)
  return found
}
