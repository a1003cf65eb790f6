import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const LEAST_BYTES = 24;
const MOST_BYTES = 64;

/** What is signed and under which name, as https://www.standardwebhooks.com says. */
export interface SignedBody {
  /** The same at each try, so that a receiver can know one that it has had. */
  readonly id: string;
  readonly atMs: number;
  readonly body: string;
}

/** Names and values by turns. One signature for each secret: while they rotate, whoever knows either can verify. */
export function signedHeaders({ id, atMs, body }: SignedBody, secrets: readonly string[]): string[] {
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
    return `v1,${mac.digest('base64')}`;
  });
  return ['webhook-id', id, 'webhook-timestamp', timestamp, 'webhook-signature', signatures.join(' ')];
}

export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** What is wrong with a secret that somebody brings, as it ends the sentence "secret …"; undefined when nothing is. */
export function faultOfSecret(secret: string): string | undefined {
  const bytes = keyOf(secret);
  if (secret.startsWith(PREFIX) && bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES) {
    if (PREFIX + bytes.toString('base64') === secret) return undefined;
  }
  return (
    `must be "${PREFIX}" and the base64 of ${LEAST_BYTES} to ${MOST_BYTES} random bytes (it is not shown here); ` +
    'leave it out and one is made'
  );
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}
