import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { macKeyOf } from '../../../common/mac-key.js';
import type { WebhookProof } from '../provider.js';

const HEADER = 'x-twilio-signature';
/** Base64 of the 20 bytes of a SHA-1. */
const FORM = /^[A-Za-z0-9+/]{27}=$/;
const BODY_DIGEST = /[?&]bodySHA256=([0-9a-fA-F]{64})(?:&|$)/;
const ADDRESS = /^(https?):\/\/(\[[^\]]*\]|[^/?#:@]+)(?::(\d+))?([/?].*)?$/i;
const DEFAULT_PORTS = { http: '80', https: '443' } as const;

/**
 * Whether Twilio signed this call with this token, which is the account's primary one whoever sends. What is signed is
 * the whole address as it was called, and for a form all its parameters; another body is bound by its digest in the
 * query. Never throws; takes the same time for every wrong signature.
 */
export function isSignedByTwilio(authToken: string, { headers, rawBody, url }: WebhookProof): boolean {
  const given = headers[HEADER];
  if (authToken === '' || url === null || typeof given !== 'string' || !FORM.test(given)) return false;
  const signature = Buffer.from(given, 'base64');
  const digest = statedDigest(url);
  if (digest !== undefined && !isDigestOf(digest, rawBody)) return false;
  const parameters = digest === undefined ? signedParameters(rawBody) : '';
  let isRight = false;
  for (const address of signedAddresses(url)) {
    const expected = createHmac('sha1', macKeyOf(authToken))
      .update(address + parameters)
      .digest();
    // All of them, so that the time does not tell which one was nearest.
    isRight = timingSafeEqual(signature, expected) || isRight;
  }
  return isRight;
}

/** Names in the order of their code units, each followed by its value; a repeated name by each different value, sorted. */
function signedParameters(rawBody: Buffer): string {
  const parameters = new URLSearchParams(rawBody.toString('utf8'));
  const names = [...new Set(parameters.keys())].sort();
  return names
    .flatMap((name) => [...new Set(parameters.getAll(name))].sort().map((value) => name + value))
    .join('');
}

/** Only where the body is no form: its digest stands in the query, and with that under the signature. */
function statedDigest(url: string): string | undefined {
  return BODY_DIGEST.exec(url.split('#', 1)[0]!)?.[1];
}

function isDigestOf(digest: string, rawBody: Buffer): boolean {
  return timingSafeEqual(Buffer.from(digest, 'hex'), createHash('sha256').update(rawBody).digest());
}

/**
 * The address as Twilio may have written it: some of its services sign it with the default port and some without, and
 * over TLS without any other port as well. What follows `#` are its own instructions and never signed.
 */
function signedAddresses(url: string): readonly string[] {
  const [unfragmented] = url.split('#', 1) as [string];
  const parts = ADDRESS.exec(unfragmented);
  if (parts === null) return [unfragmented];
  const [, scheme, host, port, rest = ''] = parts as unknown as [string, string, string, string?, string?];
  const defaultPort = DEFAULT_PORTS[scheme.toLowerCase() as keyof typeof DEFAULT_PORTS];
  return [
    unfragmented,
    port === undefined ? `${scheme}://${host}:${defaultPort}${rest}` : `${scheme}://${host}${rest}`,
  ];
}
