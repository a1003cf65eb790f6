import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { BOOTSTRAP_KEY_NAME, hashOfKey, newApiKey, type ApiKey } from './api-key.js';
import { ApiKeyRepository } from './api-key.repository.js';
import {
  ApiKeyMissingError,
  BootstrapKeyError,
  ExpiryPassedError,
  KeyNameReservedError,
} from './auth.errors.js';
import { KeyCheck } from './key-check.js';
import type { KeyRole, Principal } from './principal.js';

@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly check: KeyCheck,
    private readonly clock: Clock,
  ) {}

  /** The one time that the key is known. */
  async create(
    principal: Principal,
    wish: { name: string; role: KeyRole; expiresAt?: Date },
  ): Promise<ApiKey & { key: string }> {
    if (wish.name === BOOTSTRAP_KEY_NAME) throw new KeyNameReservedError(wish.name);
    if (wish.expiresAt !== undefined && wish.expiresAt.getTime() <= this.clock.nowMs()) {
      throw new ExpiryPassedError(wish.expiresAt);
    }
    const key = newApiKey();
    const made = await this.keys.create({
      workspaceId: principal.workspaceId,
      name: wish.name,
      role: wish.role,
      hash: hashOfKey(key),
      expiresAt: wish.expiresAt ?? null,
    });
    return { ...made, key };
  }

  async list(principal: Principal, limit: number, cursor: string | undefined): Promise<Page<ApiKey>> {
    const after = decodeCursor(cursor, isKeyCursor);
    const rows = await this.keys.list(
      principal.workspaceId,
      after === null ? null : { createdAt: after[0], id: after[1] },
      limit + 1,
    );
    return pageOf(
      rows,
      limit,
      (key) => [key.createdAt.toISOString(), key.id],
      (key) => key,
    );
  }

  async revoke(principal: Principal, id: string): Promise<void> {
    const key = await this.keys.find(principal.workspaceId, id);
    if (key === null) throw new ApiKeyMissingError(id);
    if (key.name === BOOTSTRAP_KEY_NAME) throw new BootstrapKeyError();
    await this.keys.revoke(principal.workspaceId, id);
    this.check.forget(id);
  }
}

function isKeyCursor(key: unknown): key is [string, string] {
  return (
    Array.isArray(key) &&
    key.length === 2 &&
    !Number.isNaN(Date.parse(String(key[0]))) &&
    /^[0-9a-f-]{36}$/.test(String(key[1]))
  );
}
