import lexer, { type Token, type Tokenizer } from 'nunjucks/src/lexer.js'
import { locate, TemplateError } from './template-error.js'

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * nunjucks' tokenizer, made strict. nunjucks takes whatever is no delimiter for a name and pastes it into
 * the JavaScript it generates, so that a name with a quote in it is code: only plain identifiers pass. There
 * are no regular-expression literals either.
 *
 * White space beside `{%-` and `-%}` is taken off here, since nunjucks' parser does it with an expression
 * that takes quadratic time on long runs of spaces.
 */
export function tokenize(source: string, template: string): Tokenizer {
  const tokens = lexer.lex(source)
  const read = tokens.nextToken.bind(tokens)
  let trimStart = false
  let waiting: Token | null | undefined

  const take = () => {
    const token = waiting === undefined ? read() : waiting
    waiting = undefined
    return token
  }

  tokens.nextToken = () => {
    const token = take()
    if (!token) return token
    if (token.type === lexer.TOKEN_DATA) {
      if (trimStart) token.value = token.value.trimStart()
      waiting = read()
      if (waiting && trimsBefore(waiting)) token.value = token.value.trimEnd()
      trimStart = false
    } else if (token.type === lexer.TOKEN_REGEX) {
      throw at(token, template, 'regular expressions are not part of the template language')
    } else if (token.type === lexer.TOKEN_SYMBOL && !identifier.test(token.value)) {
      throw at(token, template, `${JSON.stringify(token.value.slice(0, 40))} is not a name`)
    } else if (ends.has(token.type)) {
      trimStart = trimsAfter(token)
    } else if (starts.has(token.type)) {
      trimStart = false
    }
    return withoutMark(token)
  }
  return tokens
}

const starts: ReadonlySet<string> = new Set([lexer.TOKEN_BLOCK_START, lexer.TOKEN_VARIABLE_START])
const ends: ReadonlySet<string> = new Set([
  lexer.TOKEN_BLOCK_END,
  lexer.TOKEN_VARIABLE_END,
  lexer.TOKEN_COMMENT,
])

function trimsBefore({ type, value }: Token): boolean {
  if (type === lexer.TOKEN_COMMENT) return value.startsWith('{#-')
  return starts.has(type) && value.endsWith('-')
}

function trimsAfter({ type, value }: Token): boolean {
  return type === lexer.TOKEN_COMMENT ? value.endsWith('-#}') : value.startsWith('-')
}

/** The token as the parser sees it: without the minus, so that it trims nothing itself. */
function withoutMark(token: Token): Token {
  if (token.type === lexer.TOKEN_COMMENT) token.value = '{##}'
  else if (starts.has(token.type)) token.value = token.value.slice(0, 2)
  else if (ends.has(token.type)) token.value = token.value.slice(-2)
  return token
}

function at(token: Token, template: string, message: string) {
  return locate(new TemplateError(message), template, token.lineno + 1, token.colno + 1)
}
