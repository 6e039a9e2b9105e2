import { type CheerioAPI, load } from 'cheerio'

/** A mail's HTML as a browser reads it. */
export type MailDocument = CheerioAPI

/** Reads HTML by the standard's own algorithm, so that a browser finds nothing in it that was not seen here. */
export function readDocument(html: string): MailDocument {
  return load(html)
}
