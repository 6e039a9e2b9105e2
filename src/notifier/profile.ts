import type { GraphOptions } from '../deliver/graph/settings.js'
import type { SmtpOptions } from '../deliver/smtp/options.js'

/** Named settings for sending: which server, as whom, and how its mails end. */
export interface Profile {
  /** How mails leave: by a mail server, or Microsoft Graph. Default: as `transport` says. */
  readonly type?: 'smtp' | 'graph'
  /**
   * The address that mails show as their author where the job names none. The user who logs in sends them: where
   * its name is an address, bounces go there. Default: the notifier's `from`.
   */
  readonly from?: string
  /** Plain text that ends every mail, HTML and text, at most 250 characters. Default: none. */
  readonly signature?: string
  /** What it is for, at most 1,000 characters. Default: none. */
  readonly description?: string
  /** The mail server, or the mailbox at Microsoft Graph. */
  readonly transport: SmtpOptions | GraphOptions
  /** Why it cannot be used yet: a password that was not given, a variable that is not set. Default: it can be. */
  readonly unusable?: string
}

/** Profiles by name: at most 50 letters, digits and underscores. */
export type Profiles = Readonly<Record<string, Profile>>
