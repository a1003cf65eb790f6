import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { hashOfKey, type ApiKey } from './api-key.js';
import { ApiKeyRepository } from './api-key.repository.js';

export type KeyVerdict =
  | { readonly kind: 'valid'; readonly key: ApiKey }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired'; readonly key: ApiKey }
  | { readonly kind: 'revoked'; readonly key: ApiKey };

/** A key that was revoked in another process works no longer than this. */
const FRESH_MS = 5000;
const MOST_KEYS = 1000;

/**
 * Whose key it is. Found keys are remembered for a few seconds, so that a busy client costs one query and not one a
 * request; unknown ones are not, or a guesser could push the known ones out.
 */
@Injectable()
export class KeyCheck {
  private readonly known = new Map<string, { key: ApiKey; readAtMs: number }>();

  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly clock: Clock,
  ) {}

  async verdictOn(presented: string): Promise<KeyVerdict> {
    const hash = hashOfKey(presented);
    const key = this.remembered(hash) ?? (await this.read(hash));
    if (key === null) return { kind: 'unknown' };
    if (key.revokedAt !== null) return { kind: 'revoked', key };
    const isExpired = key.expiresAt !== null && key.expiresAt.getTime() <= this.clock.nowMs();
    return { kind: isExpired ? 'expired' : 'valid', key };
  }

  /** Whether it was a key, whatever has become of it, when it was looked at here before. */
  hasSeen(presented: string): boolean {
    return this.known.has(hashOfKey(presented).toString('base64'));
  }

  /** So that a key revoked here is refused here at once. */
  forget(keyId: string): void {
    for (const [hash, { key }] of this.known) {
      if (key.id === keyId) this.known.delete(hash);
    }
  }

  private remembered(hash: Buffer): ApiKey | undefined {
    const entry = this.known.get(hash.toString('base64'));
    return entry !== undefined && this.clock.nowMs() - entry.readAtMs < FRESH_MS ? entry.key : undefined;
  }

  private async read(hash: Buffer): Promise<ApiKey | null> {
    const readAtMs = this.clock.nowMs();
    const key = await this.keys.findByHash(hash);
    const name = hash.toString('base64');
    this.known.delete(name);
    if (key === null) return null;
    const [oldest] = this.known.keys();
    if (this.known.size >= MOST_KEYS && oldest !== undefined) this.known.delete(oldest);
    this.known.set(name, { key, readAtMs });
    return key;
  }
}
