import { h } from './dom.js'

/** An error, where it is, and the lines around it. */
export function problemBox({ message, code, place }, isOld) {
  return h(
    'section.problem',
    { role: 'alert', 'aria-label': 'What is wrong' },
    h('h2', {}, place ? `${place.file}, line ${place.line}` : 'This cannot be shown'),
    h('p', {}, message, ' ', h('code', {}, code)),
    place &&
      h(
        'pre.excerpt',
        { tabindex: 0, 'aria-label': 'The lines around it' },
        place.lines.map(({ number, text }) => [
          h(
            number === place.line ? 'mark.line' : 'span.line',
            {},
            h('span.number', { 'aria-hidden': 'true' }, number),
            text || ' ',
          ),
          number === place.line && place.column
            ? h(
                'span.line.caret',
                { 'aria-hidden': 'true' },
                h('span.number', {}, ''),
                `${' '.repeat(place.column - 1)}▲`,
              )
            : null,
        ]),
      ),
    isOld && h('p.note', {}, 'Below is the mail as it was before.'),
  )
}
