import { isSpace, runs } from '../values/space.js'

/** Text with every word's first letter in upper case and the rest in lower case: `it's` stays one word. */
export function titleWords(text: string): string {
  return runs(text, endsWord)
    .map((part) => {
      const [first = ''] = part
      return first.toUpperCase() + part.slice(first.length).toLowerCase()
    })
    .join('')
}

/** A word ends at white space, a hyphen, or an opening bracket. */
function endsWord(character: string): boolean {
  return isSpace(character) || '-({[<'.includes(character)
}
