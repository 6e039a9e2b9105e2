/**
 * The parts of nunjucks 3.2 that this folder builds on. Its own types cover the public face only; these are
 * the modules behind it, so that neither its environment, its loaders nor its globals are ever loaded.
 */
declare module 'nunjucks/src/lexer.js' {
  export interface Token {
    type: string
    value: string
    readonly lineno: number
    readonly colno: number
  }
  export interface Tokenizer {
    nextToken(): Token | null
  }
  const lexer: {
    lex(source: string): Tokenizer
    readonly TOKEN_DATA: string
    readonly TOKEN_BLOCK_START: string
    readonly TOKEN_BLOCK_END: string
    readonly TOKEN_VARIABLE_START: string
    readonly TOKEN_VARIABLE_END: string
    readonly TOKEN_COMMENT: string
    readonly TOKEN_SYMBOL: string
    readonly TOKEN_REGEX: string
  }
  export default lexer
}

declare module 'nunjucks/src/nodes.js' {
  export class Node {
    readonly typename: string
    readonly lineno: number
    readonly colno: number
  }
  export class NodeList extends Node {
    readonly children: Node[]
  }
  class Value extends Node {
    readonly value: unknown
  }
  class Name extends Node {
    readonly value: string
  }
  class BinOp extends Node {
    readonly left: Node
    readonly right: Node
  }
  class UnaryOp extends Node {
    readonly target: Node
  }
  class Pair extends Node {
    readonly key: Node
    readonly value: Node
  }
  class LookupVal extends Node {
    readonly target: Node
    readonly val: Node
  }
  class FunCall extends Node {
    readonly name: Node
    readonly args: NodeList
  }
  class If extends Node {
    readonly cond: Node
    readonly body: Node
    readonly else_: Node | null
  }
  class For extends Node {
    readonly arr: Node
    readonly name: Node
    readonly body: Node
    readonly else_: Node | null
  }
  class Macro extends Node {
    readonly name: Node
    readonly args: NodeList
    readonly body: Node
  }
  class Import extends Node {
    readonly template: Node
    readonly target: Node
    readonly withContext: boolean | null
  }
  class FromImport extends Node {
    readonly template: Node
    readonly names: NodeList
    readonly withContext: boolean | null
  }
  class Block extends Node {
    readonly name: Node
    readonly body: Node
  }
  class Super extends Node {
    readonly blockName: Name
    readonly symbol: Name
  }
  class TemplateRef extends Node {
    readonly template: Node
  }
  class Include extends TemplateRef {
    readonly ignoreMissing: boolean | null
  }
  class SetNode extends Node {
    readonly targets: Node[]
    readonly value: Node | null
  }
  class Capture extends Node {
    readonly body: Node
  }
  class CompareOperand extends Node {
    readonly expr: Node
    readonly type: string
  }
  class Compare extends Node {
    readonly expr: Node
    readonly ops: CompareOperand[]
  }
  const nodes: {
    readonly Node: typeof Node
    readonly NodeList: typeof NodeList
    readonly Literal: typeof Value
    readonly TemplateData: typeof Value
    readonly Symbol: typeof Name
    readonly Array: typeof NodeList
    readonly Dict: typeof NodeList
    readonly Pair: typeof Pair
    readonly LookupVal: typeof LookupVal
    readonly FunCall: typeof FunCall
    readonly Filter: typeof FunCall
    readonly Block: typeof Block
  }
  export default nodes
  export type {
    BinOp,
    Block,
    Capture,
    Compare,
    For,
    FromImport,
    FunCall,
    If,
    Import,
    Include,
    LookupVal,
    Macro,
    Name,
    Pair,
    SetNode,
    Super,
    TemplateRef,
    UnaryOp,
    Value,
  }
}

declare module 'nunjucks/src/parser.js' {
  import type { Tokenizer } from 'nunjucks/src/lexer.js'
  import type { NodeList } from 'nunjucks/src/nodes.js'

  class Parser {
    constructor(tokens: Tokenizer)
    parseAsRoot(): NodeList
  }
  const parser: { readonly Parser: typeof Parser }
  export default parser
}

declare module 'nunjucks/src/transformer.js' {
  import type { NodeList } from 'nunjucks/src/nodes.js'

  const transformer: { transform(root: NodeList): NodeList }
  export default transformer
}

declare module 'nunjucks/src/runtime.js' {
  /** A scope: at compile time of names, at run time of values. */
  class Frame {
    constructor(parent?: Frame, isolateWrites?: boolean)
    topLevel: boolean
    readonly parent: Frame | undefined
    set(name: string, value: unknown, resolveUp?: boolean): void
    lookup(name: string): unknown
    push(isolateWrites?: boolean): Frame
    pop(): Frame
  }
  const runtime: { readonly Frame: typeof Frame }
  export default runtime
  export type { Frame }
}

declare module 'nunjucks/src/compiler.js' {
  import type { Node, NodeList } from 'nunjucks/src/nodes.js'
  import type { Frame } from 'nunjucks/src/runtime.js'

  /** Turns nodes into JavaScript: one method a node type, called by name. */
  class Compiler {
    constructor(templateName: string, throwOnUndefined: boolean)
    buffer: string | null
    inBlock: boolean
    compile(node: Node, frame?: Frame): void
    getCode(): string
    fail(message: string, lineno?: number, colno?: number): never
    _emit(code: string): void
    _emitLine(code: string): void
    _tmpid(): string
    _compileExpression(node: Node, frame: Frame): void
    _compileChildren(node: NodeList, frame: Frame): void
    _compileAggregate(node: NodeList, frame: Frame, start: string, end: string): void
    _withScopedSyntax(work: () => void): void
    compileSet(node: Node, frame: Frame): void
    compileCapture(node: Node, frame: Frame): void
    compileSwitch(node: Node, frame: Frame): void
    compileMacro(node: Node, frame: Frame): void
    compileCaller(node: Node, frame: Frame): void
  }
  const compiler: { readonly Compiler: typeof Compiler }
  export default compiler
}
