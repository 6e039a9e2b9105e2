/** What keys do, for the page's help. */
export const SHORTCUTS = [
  ['1 – 7', 'HTML, text, source, headers, S/MIME, findings, compare'],
  ['c', 'choose a version to compare with'],
  ['w', 'the next width'],
  ['d', 'light or dark'],
  ['t', 'go to the templates'],
  ['i', 'go to the incidents'],
  ['o', "open a template's file"],
  ['p', 'paste an incident'],
  ['n', 'a template of your own'],
  ['s', 'save the mail'],
  ['e', 'send a test'],
  ['?', 'this list'],
]

/** Calls what a key stands for, unless someone is typing or a dialog is open. */
export function onShortcut(actions) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    if (event.target.closest?.('input:not([type=radio]):not([type=checkbox]), textarea, select')) return
    const act = actions[event.key]
    if (!act) return
    event.preventDefault()
    act()
  })
}
