export type { CheckReport, CheckStep } from './check-steps.js'
export { type ComposeOptions, compose } from './compose/compose.js'
export { loadConfig } from './config/load-config.js'
export type { LoadConfigOptions } from './config/load-options.js'
export { type LoadedProfiles, loadProfiles } from './config/load-profiles.js'
export { type DeliverOptions, type DeliverStage, deliver } from './deliver/deliver.js'
export type { DkimOptions } from './deliver/dkim.js'
export type { FolderOptions } from './deliver/folder.js'
export type { GraphOptions } from './deliver/graph/settings.js'
export type { LimitOptions } from './deliver/limits.js'
export type { RetryOptions } from './deliver/retry.js'
export type { SendmailOptions } from './deliver/sendmail.js'
export type { SeveralTransports, WeightedTransport } from './deliver/several-options.js'
export type { AuthMechanism, AuthType, SmtpOptions, TlsMode } from './deliver/smtp/options.js'
export type { Destination, MailTransporter, Transport, TransportPlugin } from './deliver/transport.js'
export { ERROR_CODES, type ErrorCode } from './error-codes.js'
export {
  type ErrorDetails,
  type ErrorSummary,
  IncidentMailerError,
  type StageName,
} from './errors.js'
export { exitCodeOf } from './exit-codes.js'
export { type GuardOptions, guard, type TlpRule } from './guard/guard.js'
export type * from './incident/incident.js'
export { jsonFile } from './incident/json-file.js'
export { jsonFolder } from './incident/json-folder.js'
export type { Logger } from './logger.js'
export type * from './mail.js'
export { messageBytes, messageStream } from './mime.js'
export type { CallOptions, CheckOptions, DeliveryCallOptions, RawOptions } from './notifier/call-options.js'
export type { EventListener, NotifierEvent, Progress } from './notifier/events.js'
export { createNotifier, type Notifier } from './notifier/notifier.js'
export type { NotifierOptions, SmimeOptions } from './notifier/notifier-options.js'
export type { Profile, Profiles } from './notifier/profile.js'
export type { Jobs, SendManyOptions, SendResult } from './notifier/send-many.js'
export type { OAuthOptions } from './oauth/oauth-options.js'
export { pipeline, type Stage, type StageContext } from './pipeline.js'
export type * from './preview/facts.js'
export { preview } from './preview/preview.js'
export { type PreviewServer, type StartPreviewOptions, startPreview } from './preview/server/start-preview.js'
export type { WorkspaceOptions } from './preview/workspace.js'
export { type SafeHtml, safeHtml } from './render/filters/safe-html.js'
export {
  type Branding,
  type IsolationOptions,
  type RenderOptions,
  type RenderStage,
  render,
  type TemplateFiles,
  type TemplateFilter,
  type TemplateLimits,
  type TemplateTag,
  type TemplateTagArguments,
  type TemplateTest,
} from './render/render.js'
export * from './smime/index.js'
