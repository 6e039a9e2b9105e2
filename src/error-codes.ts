/**
 * Every error code, what it means, and the exit code with which the command line ends on it: those of BSD's
 * sysexits.h. `exitCodeOf` knows the few cases in which that depends on more than the code.
 *
 * A code never changes its meaning. The table of codes in the documentation is made from this file.
 */
export const ERROR_CODES = {
  /** The command line has a flag, a command or an operand that does not exist. `--help` tells what there is. */
  USAGE: 64,

  // The job or the template: correct it, and send it again.
  /** A key of the job is unknown, there twice, or of the wrong kind; or the job is no JSON. */
  INVALID_REQUEST: 65,
  /** What should be a mail address is none (RFC 5322, section 3.4). */
  INVALID_ADDRESS: 65,
  /** Neither `to` nor `cc` nor `bcc` names anybody. */
  NO_RECIPIENTS: 65,
  /** Neither the job nor the settings say who the mail is from. */
  NO_SENDER: 65,
  /** The job has no body and no template, and there is no `defaultTemplate`. */
  NO_CONTENT: 65,
  /** No template has this label. The message names the nearest one that there is. */
  UNKNOWN_TEMPLATE: 65,
  /** The job has both `template` and `inlineTemplate`. */
  TEMPLATE_CONFLICT: 65,
  /** The template does not parse, or failed. The message names template, line and column. */
  TEMPLATE_ERROR: 65,
  /** `strictUndefined`, and the template prints a variable that does not exist. */
  UNDEFINED_VARIABLE: 65,
  /** The template's source is longer than 1,000,000 characters. */
  TEMPLATE_SOURCE_EXCEEDED: 65,
  /** The template loops or calls more often than `templateLimits.steps` allows. */
  TEMPLATE_STEPS_EXCEEDED: 65,
  /** A text of the template grows beyond `templateLimits.output`. */
  TEMPLATE_OUTPUT_EXCEEDED: 65,
  /** Includes, blocks, macros, tags or expressions are too deep inside one another (`templateLimits.nesting`). */
  TEMPLATE_NESTING_EXCEEDED: 65,
  /** The template takes longer than `templateLimits.time`. */
  TEMPLATE_TIME_EXCEEDED: 65,
  /** An `isolated` template needs more memory than its process may have. */
  TEMPLATE_MEMORY_EXCEEDED: 65,
  /** The incident source has no incident of this id. */
  UNKNOWN_INCIDENT: 65,
  /** The incident is not of the form that an incident file has. */
  INVALID_INCIDENT: 65,
  /** A header field's name or value holds CR, LF or NUL: an attempt to write header fields of one's own. */
  HEADER_INJECTION: 65,
  /** The job sets a header field that makes the structure of the mail, or names recipients. */
  FORBIDDEN_HEADER: 65,
  /** `strictAttachments`, and the incident has no such file. */
  UNKNOWN_ATTACHMENT: 65,
  /** A path leads out of the folders from which files may come. */
  FORBIDDEN_PATH: 65,
  /** The job, its attachments or the mail are larger than allowed. */
  TOO_LARGE: 65,
  /** A certificate is damaged, or of a kind that cannot be used. */
  INVALID_CERTIFICATE: 65,
  /** The mail is to be encrypted, and these recipients have no certificate. Nothing was sent. */
  CERTIFICATE_MISSING: 65,
  /** A recipient's certificate is not valid at the mail's date. */
  CERTIFICATE_EXPIRED: 65,
  /** The message to decrypt is not encrypted with S/MIME, or only a part of it is. */
  NOT_ENCRYPTED: 65,
  /** The message does not decrypt: it is for others, damaged, or encrypted in a way that is not taken. */
  DECRYPTION_FAILED: 65,

  // A file that is named.
  /** There is no such file. */
  FILE_NOT_FOUND: 66,
  /** The file is there, and cannot be read, or a program not be called: permissions, a folder, a pipe. */
  FILE_UNREADABLE: 66,
  /** The file cannot be written: permissions, a full disk, a folder that is missing, or that is a file. */
  FILE_UNWRITABLE: 66,
  /** The file of `--resume` is no journal, or a line in its middle is damaged. */
  INVALID_JOURNAL: 66,
  /** Another run uses the journal of `--resume`. */
  JOURNAL_IN_USE: 75,

  // The way to the server.
  /** The server refused every recipient. `error.report` says why for each. */
  RECIPIENTS_REFUSED: 67,
  /** The name does not resolve, nobody listens, or nobody answers. */
  CONNECTION_FAILED: 69,
  /** The transport failed otherwise: a folder that is full, a plugin's own error, a notifier that is closed. */
  TRANSPORT_FAILED: 69,
  /** A bug of incident-mailer's. Please report it. */
  INTERNAL: 70,
  /** The connection was lost after the data: nobody knows whether the mail arrived. Never retry blindly. */
  OUTCOME_UNKNOWN: 74,
  /** The incident source threw. */
  INCIDENT_SOURCE_FAILED: 75,
  /** The function that finds certificates threw. Nothing was sent. */
  CERTIFICATE_LOOKUP_FAILED: 75,
  /** The process that renders `isolated` templates died, or did not start. Nothing was sent. */
  RENDERER_FAILED: 75,
  /** The time for the mail was up before its data went out. */
  TIMEOUT: 75,
  /** The caller's signal, or SIGINT or SIGTERM, ended the work before the mail's data went out. */
  ABORTED: 75,
  /** TLS is not offered, or failed: a certificate of another name, of an unknown authority, expired. */
  TLS_FAILED: 76,
  /** The server does not speak SMTP as it should. */
  PROTOCOL_ERROR: 76,
  /** An address needs SMTPUTF8 (RFC 6531), and the server does not offer it. */
  SMTPUTF8_UNSUPPORTED: 76,
  /** The job asks for delivery status notifications (RFC 3461), and the way out cannot. Nothing was sent. */
  DSN_UNSUPPORTED: 76,
  /** A rule of the settings' `guard` keeps the mail back. `error.field` names it. Nothing was sent. */
  GUARD_REFUSED: 77,
  /** The server refused the credentials. */
  AUTHENTICATION_FAILED: 77,

  // Settings.
  /** A setting or option is unknown, of the wrong kind, or contradicts another. */
  INVALID_CONFIG: 78,
  /** `$NAME` in the config file, and the environment has no such variable. */
  UNDEFINED_CONFIG_VARIABLE: 78,
  /** The mail is to be signed, and no identity is configured. */
  IDENTITY_MISSING: 78,
  /** The identity's file is damaged, or something else. */
  IDENTITY_UNREADABLE: 78,
  /** The identity's file has an algorithm that is not known here, or asks for too many rounds of key derivation. */
  IDENTITY_UNSUPPORTED: 78,
  /** The identity's file holds no private key. */
  IDENTITY_WITHOUT_KEY: 78,
  /** The identity's key opens, but no mail is signed with it: too weak, or of a kind that readers cannot verify. */
  IDENTITY_UNSUITABLE: 78,
  /** The identity's certificate is not valid at the mail's date. */
  IDENTITY_EXPIRED: 78,
  /** The passphrase does not open the file. */
  WRONG_PASSPHRASE: 78,
  /** No certificate of the identity belongs to its private key. */
  KEY_MISMATCH: 78,
} as const

/** What went wrong, for a program to decide on. */
export type ErrorCode = keyof typeof ERROR_CODES
