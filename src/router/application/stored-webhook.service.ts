import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { DomainError } from '../../common/domain-error.js';
import { decodeCursor, encodeCursor, type Page } from '../../common/page.js';
import type { StoredWebhook, WebhookState } from './stored-webhook.js';
import { StoredWebhookRepository } from './stored-webhook.repository.js';

/** A body as it can be shown: as text where it is one. */
export interface ShownBody {
  readonly body: string;
  readonly bodyEncoding: 'utf8' | 'base64';
}

const ID = /^[1-9]\d{0,18}$/;

@Injectable()
export class StoredWebhookService {
  constructor(private readonly webhooks: StoredWebhookRepository) {}

  async list(
    { workspaceId }: Principal,
    state: WebhookState | undefined,
    limit: number,
    cursor: string | undefined,
  ): Promise<Page<StoredWebhook>> {
    const before = decodeCursor(cursor, (key): key is string => typeof key === 'string' && ID.test(key));
    const { found, next } = await this.webhooks.list(workspaceId, state ?? null, before, limit);
    return { items: found, nextCursor: next === null ? null : encodeCursor(next) };
  }

  /** With the body for an admin: it holds what people wrote. */
  async find({ workspaceId, role }: Principal, id: string): Promise<StoredWebhook & Partial<ShownBody>> {
    const found = ID.test(id) ? await this.webhooks.find(workspaceId, id) : null;
    if (found === null) throw new WebhookMissingError(id);
    const body = role === 'admin' ? await this.webhooks.bodyOf(workspaceId, id) : null;
    return body === null ? found : { ...found, ...shown(body) };
  }

  /** The elements that are applied again, -1 for all of the body. */
  async replay({ workspaceId }: Principal, id: string): Promise<readonly number[]> {
    const elements = ID.test(id) ? await this.webhooks.replay(workspaceId, id) : null;
    if (elements === null) throw new WebhookMissingError(id);
    return elements;
  }
}

class WebhookMissingError extends DomainError {
  constructor(id: string) {
    super('missing', 'webhook_event_not_found', `There is no stored webhook ${id} in this workspace.`);
  }
}

function shown(body: Buffer): ShownBody {
  const text = body.toString('utf8');
  return Buffer.from(text).equals(body)
    ? { body: text, bodyEncoding: 'utf8' }
    : { body: body.toString('base64'), bodyEncoding: 'base64' };
}
