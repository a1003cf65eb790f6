import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 192 random bits, in letters that may stand in a path and in a header. */
const SECRET_BYTES = 24;

export function newWebhookSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

export function digestOfSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Takes the same time for every wrong secret, whatever its length: digests are compared. */
export function isSecretOf(digest: Buffer, given: string): boolean {
  return timingSafeEqual(digest, digestOfSecret(given));
}
