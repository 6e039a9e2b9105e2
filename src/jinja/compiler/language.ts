import type { Filter, Test } from '../filters/filter.js'
import type { TagSyntax } from '../syntax/statement-parser.js'
import type { WhitespaceOptions } from '../syntax/tokenizer.js'

/** What a template's source can use: the same for all templates of an environment. */
export interface Language {
  readonly filters: ReadonlyMap<string, Filter>
  readonly tests: ReadonlyMap<string, Test>
  readonly tags: ReadonlyMap<string, TagSyntax>
  readonly whitespace: WhitespaceOptions
}
