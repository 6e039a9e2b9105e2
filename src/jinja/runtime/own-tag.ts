import type { TagSyntax } from '../syntax/statement-parser.js'
import type { Arguments, Value } from '../values/values.js'

/** A tag of the user's own, as the runtime calls it. */
export interface OwnTag extends TagSyntax {
  /** Gives what the tag prints: text, which is escaped, or markup. `body` is null where the tag has none. */
  readonly render: (args: Arguments, body: Value) => Value
}
