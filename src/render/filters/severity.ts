/** Colours on which white text has a contrast of at least 4.5 (WCAG 2.2, success criterion 1.4.3). */
const colours: readonly (readonly [names: RegExp, colour: string])[] = [
  [/^(?:critical|kritisch|sev(?:erity)?[ -]?[01]|p1)$/, '#7a271a'],
  [/^(?:high|hoch|sev(?:erity)?[ -]?2|p2)$/, '#b42318'],
  [/^(?:medium|moderate|mittel|sev(?:erity)?[ -]?3|p3)$/, '#b54708'],
  [/^(?:low|niedrig|gering|sev(?:erity)?[ -]?[45]|p[45])$/, '#027a48'],
]

/** The colour of a severity, by its name: `High`, `Kritisch`, `SEV-1`, `P2`. Grey for any other. */
export function severityColor(severity: string): string {
  const name = severity.trim().slice(0, 40).toLowerCase()
  return colours.find(([names]) => names.test(name))?.[1] ?? '#475467'
}
