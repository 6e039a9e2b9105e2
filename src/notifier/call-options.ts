import type { DsnOptions, Tlp } from '../mail.js'

/** What each call of a notifier takes beside its input. */
export interface CallOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal
}

/** What `send` and `deliver` take beside their input. */
export interface DeliveryCallOptions extends CallOptions {
  /**
   * Called with the Message-ID before a mail's first octet is handed over, for each copy of it: the last moment
   * at which it has certainly not been sent. Where this fails, it is not. Default: nothing is called.
   */
  readonly beforeData?: (messageId: string) => void | Promise<void>
  /** Do everything but hand it over, the guard's judgement too; the report's `outcome` is null. Default false. */
  readonly dryRun?: boolean
}

/** What `raw` takes beside the message. */
export interface RawOptions extends DeliveryCallOptions {
  /** The TLP label by which the guard judges it. Default: none. */
  readonly tlp?: Tlp
  /** Ask for delivery status notifications (RFC 3461): `true` for all, or which. Default false. */
  readonly dsn?: boolean | DsnOptions
}

/** What `check` takes. */
export interface CheckOptions extends CallOptions {
  /** Send a test mail to this address when all else went well. Default: none is sent. */
  readonly to?: string
}

export const CALL_OPTIONS: Record<keyof CallOptions, true> = { signal: true }

export const DELIVERY_OPTIONS: Record<keyof DeliveryCallOptions, true> = {
  signal: true,
  beforeData: true,
  dryRun: true,
}

export const RAW_OPTIONS: Record<keyof RawOptions, true> = { ...DELIVERY_OPTIONS, tlp: true, dsn: true }

export const CHECK_OPTIONS: Record<keyof CheckOptions, true> = { signal: true, to: true }
