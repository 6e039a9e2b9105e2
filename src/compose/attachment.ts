import type { FilePart } from './mime-tree.js'

/** A file to attach, and the Content-ID by which the HTML may show it. */
export interface Attachment extends FilePart {
  /** Without angle brackets; null for a file that nothing refers to. */
  readonly cid: string | null
}

/** Where attachments may come from. */
export interface AttachmentOptions {
  /** The folders that files have to lie under; relative paths start at the first. */
  readonly folders: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/**
 * The most that one file may have, and all files of a mail together, in octets: base64 makes a third more of it,
 * and few servers take a mail of more than 50 MB.
 */
export const LARGEST = 50_000_000
