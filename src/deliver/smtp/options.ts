import type { ConnectionOptions } from 'node:tls'
import type { OAuthOptions } from '../../oauth/oauth-options.js'

/** How to reach a mail server. */
export interface SmtpOptions {
  /** The server's name or address. */
  readonly host: string
  /** Default: 465 for `implicit`, 587 for `starttls`, 25 without TLS and on loopback. */
  readonly port?: number
  /**
   * `implicit` speaks TLS from the first octet, `starttls` insists on STARTTLS, `none` does without. Default:
   * `implicit` for port 465, else `starttls`; on loopback STARTTLS where it is offered. Or options of Node's
   * `tls.connect`, as nodemailer takes them; then the default applies.
   */
  readonly tls?: TlsMode | ConnectionOptions
  /** nodemailer's word for `tls: 'implicit'`. Default: by `tls` and `port`. */
  readonly secure?: boolean
  /** User name and password; with `oauth`, the user name alone will do. Default: no authentication. */
  readonly auth?: { readonly user: string; readonly pass?: string }
  /** Access tokens for that user, by OAuth 2.0. Default: none. */
  readonly oauth?: OAuthOptions
  /**
   * How to log in. `automatic` takes the token, then the password, whichever is configured, and does without where
   * neither is; `oauth`, `basic` and `none` insist. Default `automatic`.
   */
  readonly authType?: AuthType
  /** The SASL mechanism to use and no other. Default: the best that the server offers. */
  readonly authMechanism?: AuthMechanism
  /** Send also where the server refused whoever logs in. Default false; true is warned of in every report. */
  readonly allowUnauthenticated?: boolean
  /** A PEM file of the authorities to trust, instead of those that Node brings along. */
  readonly caFile?: string
  /** A PEM file of the certificate that this machine shows to servers that ask for one. Default: none. */
  readonly certificateFile?: string
  /** A PEM file of its private key, not encrypted. */
  readonly keyFile?: string
  /** The oldest version of TLS to speak. Default: Node's, `TLSv1.2`. */
  readonly minTlsVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** Verify the server's certificate. Default true; false is warned of in every report. */
  readonly verify?: boolean
  /** The name to introduce this machine by (EHLO). Default: its host name where that has a domain, else its address. */
  readonly name?: string
  /**
   * The proxy on the way, for OAuth tokens too, which also looks up the host: `http://user:password@proxy.example.com:3128` for HTTP's
   * CONNECT, or `socks5:`. Default: none.
   */
  readonly proxy?: string
  /** The address of this machine to connect from. Default: as the system chooses. */
  readonly localAddress?: string
  /** The time to look up the host and connect, and again to agree on TLS, in milliseconds. Default 30,000. */
  readonly connectionTimeout?: number
  /** The time for the server's greeting, in milliseconds. Default 30,000. */
  readonly greetingTimeout?: number
  /** How long the server may be silent when a command was sent, in milliseconds. Default 30,000. */
  readonly socketTimeout?: number
  /** How many connections may be open at once. Default 5. */
  readonly maxConnections?: number
  /** How many mails travel over one connection before it is replaced. Default 100. */
  readonly maxMessages?: number
}

/** How a connection is protected, as it is written. */
export type TlsMode = 'none' | 'starttls' | 'implicit'

/** How to log in. */
export type AuthType = 'automatic' | 'oauth' | 'basic' | 'none'

/** A SASL mechanism. */
export type AuthMechanism = 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'XOAUTH2' | 'OAUTHBEARER'
