/** HTML that a filter made, and that is not escaped again. Made by {@link safeHtml}. */
export class SafeHtml {
  constructor(readonly html: string) {}
}

/**
 * Marks HTML as safe, so that a template prints it as it is. For filters of one's own; whatever others wrote
 * has to be escaped in it.
 */
export function safeHtml(html: string): SafeHtml {
  return new SafeHtml(html)
}
