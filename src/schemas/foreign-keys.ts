/** What a job's keys are called in the playbooks that people bring along: IBM's `mail_...`, and Splunk's. */
const OURS: Readonly<Record<string, string>> = {
  mail_to: 'to',
  mail_cc: 'cc',
  mail_bcc: 'bcc',
  mail_from: 'from',
  mail_subject: 'subject',
  mail_body: 'body',
  mail_body_html: 'inlineTemplate',
  mail_body_text: 'body',
  mail_attachments: 'attachments',
  mail_importance: 'importance',
  mail_in_reply_to: 'inReplyTo',
  mail_incident_id: 'incident',
  mail_inline_template: 'inlineTemplate',
  mail_message_id: 'messageId',
  mail_template_label: 'template',
  mail_merge_body: 'mergeBody',
  mail_encryption_recipients: 'encryptionCertificates',
  html_body: 'body',
  text_body: 'textBody',
  attachment_json: 'attachments',
}

/** What to say of each such key: letters' distance alone would suggest another one. */
export const FOREIGN_KEYS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(OURS).map(([key, ours]) => [key, `is an unknown key; did you mean "${ours}"?`]),
  ),
  raw_email:
    'is an unknown key; a job builds a mail from its parts: to, subject, body, headers; `incident-mailer raw` sends a whole message',
}
