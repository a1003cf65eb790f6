import { hash, randomBytes } from 'node:crypto';
import type { KeyRole } from './principal.js';

/** A key as it is kept: never the key itself. */
export interface ApiKey {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly role: KeyRole;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** The key that comes from the configuration; the name is its mark, so no other key may bear it. */
export const BOOTSTRAP_KEY_NAME = 'CAUDAL_ADMIN_KEY';

/** 256 random bits, with a prefix that secret scanners can find. */
export function newApiKey(): string {
  return `cdl_${randomBytes(32).toString('base64url')}`;
}

/** A fast hash is enough: what is hashed is long and random, and every request pays for it. */
export function hashOfKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
