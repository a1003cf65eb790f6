import { Injectable } from '@nestjs/common';
import { SendSql } from '../database/pools.js';

const ALL = {
  name: 'webhook-secret-all',
  text: 'SELECT id, sealed_webhook_secret AS sealed FROM channels WHERE sealed_webhook_secret IS NOT NULL',
};
const STORE =
  'UPDATE channels SET sealed_webhook_secret = $3 WHERE workspace_id = $1 AND id = $2 RETURNING id';

/** The sealed secrets of channels whose provider signs nothing. */
@Injectable()
export class WebhookSecretRepository {
  constructor(private readonly sql: SendSql) {}

  /** Over all workspaces, by channel. */
  async all(): Promise<ReadonlyMap<string, Buffer>> {
    const rows = await this.sql.query<{ id: string; sealed: Buffer }>(ALL);
    return new Map(rows.map(({ id, sealed }) => [id, sealed]));
  }

  /** False when there is no such channel. */
  async store(workspaceId: string, channelId: string, sealed: Buffer): Promise<boolean> {
    return (await this.sql.query(STORE, [workspaceId, channelId, sealed])).length > 0;
  }
}
