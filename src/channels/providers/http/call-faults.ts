import { errors } from 'undici';

/**
 * What a call that got no whole answer proves.
 *
 * The line is drawn where undici hands a call to a connected socket, just before its first byte: a fault before
 * that proves that nothing was sent (`not_sent`), any fault after it proves nothing (`lost`). An error's code alone
 * cannot tell: ECONNRESET comes from a TLS handshake as well as from a server that has read the message. Nor can the
 * number of bytes written, which Node counts into its buffer before the connection stands.
 */
export type CallFaultKind =
  /** Nothing left this machine, and another try may well work. */
  | 'not_sent'
  /** Nothing was sent, and nothing will be until somebody mends the set-up. */
  | 'misconfigured'
  /** The provider may or may not have the message. */
  | 'lost';

export interface CallFault {
  readonly kind: CallFaultKind;
  /** Stable, kept in the ledger. */
  readonly code: string;
  /** What happened, as a sentence without its full stop and without what follows for a message. */
  readonly what: string;
  readonly speaksOfHealth: boolean;
}

function notSent(code: string, what: string, speaksOfHealth = true): CallFault {
  return { kind: 'not_sent', code, what, speaksOfHealth };
}

function misconfigured(code: string, what: string): CallFault {
  return { kind: 'misconfigured', code, what, speaksOfHealth: false };
}

function lost(code: string, what: string): CallFault {
  return { kind: 'lost', code, what, speaksOfHealth: true };
}

const REFUSED = notSent('connect_refused', 'The provider refused the connection');
const NO_NAME = notSent('name_not_found', "The provider's host name could not be resolved");
const CONNECT_TIMEOUT = notSent('connect_timeout', 'The provider did not take the connection in time');
const UNREACHABLE = notSent('unreachable', 'There is no way to the provider from here');
const CONNECT_FAILED = notSent('connect_failed', 'The connection to the provider failed');
const TLS_FAILED = notSent('tls_failed', 'The TLS handshake with the provider failed');
const NO_RESOURCES = notSent('local_resources', 'This machine has no file or port left for a connection');
const CLOSED = notSent('client_closed', 'The channel was changed or closed before the call began', false);
const BAD_CERTIFICATE = misconfigured(
  'tls_certificate',
  "The provider's TLS certificate is not valid for its address; check baseUrl and the certificate, then lift the hold",
);
const ADDRESS_REFUSED = misconfigured(
  'address_refused',
  'The base URL leads to a private address that CAUDAL_PRIVATE_HOSTS does not list',
);

/** Error codes of the phases before the first byte. */
const BEFORE_SENDING: Readonly<Record<string, CallFault>> = {
  ECONNREFUSED: REFUSED,
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: NO_NAME,
  EAI_FAIL: NO_NAME,
  EAI_NODATA: NO_NAME,
  EAI_NONAME: NO_NAME,
  ETIMEDOUT: CONNECT_TIMEOUT,
  UND_ERR_CONNECT_TIMEOUT: CONNECT_TIMEOUT,
  EHOSTUNREACH: UNREACHABLE,
  EHOSTDOWN: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENETDOWN: UNREACHABLE,
  EMFILE: NO_RESOURCES,
  ENFILE: NO_RESOURCES,
  ENOBUFS: NO_RESOURCES,
  EADDRNOTAVAIL: NO_RESOURCES,
  EPROTO: TLS_FAILED,
  UND_ERR_CLOSED: CLOSED,
  UND_ERR_DESTROYED: CLOSED,
  CAUDAL_ADDRESS_REFUSED: ADDRESS_REFUSED,
  ERR_TLS_CERT_ALTNAME_INVALID: BAD_CERTIFICATE,
  CERT_HAS_EXPIRED: BAD_CERTIFICATE,
  CERT_NOT_YET_VALID: BAD_CERTIFICATE,
  CERT_REVOKED: BAD_CERTIFICATE,
  CERT_UNTRUSTED: BAD_CERTIFICATE,
  CERT_REJECTED: BAD_CERTIFICATE,
  CERT_SIGNATURE_FAILURE: BAD_CERTIFICATE,
  CERT_CHAIN_TOO_LONG: BAD_CERTIFICATE,
  DEPTH_ZERO_SELF_SIGNED_CERT: BAD_CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: BAD_CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT: BAD_CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: BAD_CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: BAD_CERTIFICATE,
  INVALID_CA: BAD_CERTIFICATE,
  INVALID_PURPOSE: BAD_CERTIFICATE,
  HOSTNAME_MISMATCH: BAD_CERTIFICATE,
};

const RESET = lost('connection_reset', 'The connection was reset before the answer came');
const CLOSED_EARLY = lost(
  'connection_closed',
  'The provider closed the connection before the answer was whole',
);
const UNREADABLE = lost('answer_unreadable', 'The answer was not readable HTTP');
const LOST = lost('connection_lost', 'The connection was lost before the answer came');

/** Error codes of the phases after the first byte. */
const AFTER_SENDING: Readonly<Record<string, CallFault>> = {
  ECONNRESET: RESET,
  EPIPE: RESET,
  ECONNABORTED: RESET,
  UND_ERR_SOCKET: CLOSED_EARLY,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: CLOSED_EARLY,
  UND_ERR_HEADERS_OVERFLOW: UNREADABLE,
};

/** The total deadline passed. */
export const DEADLINE_BEFORE_SENDING = notSent(
  'deadline_before_sending',
  'No connection to the provider was free in time',
);
export const DEADLINE_AFTER_SENDING = lost('timeout', 'The provider did not answer in time');
export const ANSWER_TOO_LARGE = lost(
  'answer_too_large',
  'The answer was larger than any answer of this provider',
);
/** undici began one call twice. It has no reason to with one call a connection, and what it sent is not known. */
export const BEGUN_TWICE = lost('begun_twice', 'The call was begun twice');

/** The verdict on an error; `began` says whether the call had been handed to a connected socket. */
export function callFault(error: unknown, began: boolean): CallFault {
  const code = codeOf(error);
  if (began) {
    // undici leaves the code of these out.
    if (error instanceof errors.HTTPParserError) return UNREADABLE;
    return AFTER_SENDING[code] ?? LOST;
  }
  const known = BEFORE_SENDING[code];
  if (known !== undefined) return known;
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? TLS_FAILED : CONNECT_FAILED;
}

/** With several addresses to try, Node throws an AggregateError that carries the code of its first. */
function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
