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
