/**
 * The parts of nunjucks 3.2 that this folder builds on. Its own types cover the public face only; these are
 * the modules behind it, so that neither its environment, its loaders nor its globals are ever loaded.
 */
declare module 'nunjucks/src/nodes.js' {
  export class Node {
    /** The fields come in the order of `fields`. */
    constructor(lineno: number, colno: number, ...fields: unknown[])
    /** What chooses the compiler's method. */
    get typename(): string
    /** The names of the members that hold what the node is made of. */
    get fields(): readonly string[]
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
    cond: Node
    body: Node
    else_: Node | null
  }
  class For extends Node {
    readonly arr: Node
    readonly name: Node
    readonly body: NodeList
    readonly else_: NodeList | null
  }
  class Macro extends Node {
    readonly name: Name
    readonly args: NodeList
    readonly body: NodeList
  }
  class Import extends Node {
    readonly template: Node
    readonly target: Name
    readonly withContext: boolean
  }
  class FromImport extends Node {
    readonly template: Node
    readonly names: NodeList
    readonly withContext: boolean
  }
  class Block extends Node {
    readonly name: Name
    readonly body: NodeList
  }
  class TemplateRef extends Node {
    readonly template: Node
  }
  class Include extends TemplateRef {
    readonly ignoreMissing: boolean
  }
  class SetNode extends Node {
    readonly targets: readonly Node[]
    readonly value: Node | null
  }
  class Capture extends Node {
    readonly body: NodeList
  }
  class CompareOperand extends Node {
    readonly expr: Node
    readonly type: string
  }
  class Compare extends Node {
    readonly expr: Node
    readonly ops: readonly CompareOperand[]
  }
  const nodes: {
    readonly Node: typeof Node
    readonly NodeList: typeof NodeList
    readonly Literal: typeof Value
    readonly TemplateData: typeof Value
    readonly Symbol: typeof Name
    readonly Array: typeof NodeList
    readonly Dict: typeof NodeList
    readonly KeywordArgs: typeof NodeList
    readonly Output: typeof NodeList
    readonly Pair: typeof Pair
    readonly LookupVal: typeof LookupVal
    readonly FunCall: typeof FunCall
    readonly Filter: typeof FunCall
    readonly Is: typeof BinOp
    readonly And: typeof BinOp
    readonly Or: typeof BinOp
    readonly Not: typeof UnaryOp
    readonly Add: typeof BinOp
    readonly Sub: typeof BinOp
    readonly Mul: typeof BinOp
    readonly Div: typeof BinOp
    readonly FloorDiv: typeof BinOp
    readonly Mod: typeof BinOp
    readonly Pow: typeof BinOp
    readonly Neg: typeof UnaryOp
    readonly Pos: typeof UnaryOp
    readonly Compare: typeof Compare
    readonly CompareOperand: typeof CompareOperand
    readonly If: typeof If
    readonly InlineIf: typeof If
    readonly For: typeof For
    readonly Macro: typeof Macro
    readonly Caller: typeof Macro
    readonly Import: typeof Import
    readonly FromImport: typeof FromImport
    readonly Block: typeof Block
    readonly Extends: typeof TemplateRef
    readonly Include: typeof Include
    readonly Set: typeof SetNode
    readonly Capture: typeof Capture
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
    TemplateRef,
    UnaryOp,
    Value,
  }
}

declare module 'nunjucks/src/parser.js' {
  import type { Node, NodeList } from 'nunjucks/src/nodes.js'

  /** A recursive descent parser: one method a rule. */
  class Parser<Token extends { readonly type: string; readonly value: string }> {
    constructor(tokens: { nextToken(): Token })
    /** Of the tags that end the body that is read: their names. */
    breakOnBlocks: readonly string[] | null
    nextToken(): Token
    peekToken(): Token
    skip(type: Token['type']): boolean
    skipValue(type: Token['type'], value: string): boolean
    skipSymbol(value: string): boolean
    parseNodes(): Node[]
    parseStatement(): Node | null
    parseExpression(): Node
    parseOr(): Node
    parseAnd(): Node
    parseNot(): Node
    parseIn(): Node
    parseUntilBlocks(...names: readonly string[]): NodeList
    parseAsRoot(): NodeList
  }
  const parser: { readonly Parser: typeof Parser }
  export default parser
}

declare module 'nunjucks/src/compiler.js' {
  import type { Node, NodeList } from 'nunjucks/src/nodes.js'

  /** Turns nodes into JavaScript: one method a node type, called by name. */
  class Compiler<Frame> {
    constructor(templateName: string, throwOnUndefined: boolean)
    /** The name of the variable that output goes to. */
    buffer: string | null
    /** The generated code, piece by piece. */
    readonly codebuf: string[]
    compile(node: Node, frame: Frame): void
    getCode(): string
    _emit(code: string): void
    _emitLine(code: string): void
    _tmpid(): string
    _compileChildren(node: NodeList, frame: Frame): void
    _pushBuffer(): string
    _popBuffer(): void
  }
  const compiler: { readonly Compiler: typeof Compiler }
  export default compiler
}
