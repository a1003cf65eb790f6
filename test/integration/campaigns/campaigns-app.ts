import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CampaignTicks } from '../../../src/campaigns/campaign-ticks.js';
import { CampaignsModule } from '../../../src/campaigns/campaigns.module.js';
import { PreparationService } from '../../../src/campaigns/preparation/preparation.service.js';
import type { Sql } from '../../../src/database/sql.js';
import { ProgressRepository } from '../../../src/ledger/progress.repository.js';
import { ApiApp, assembled, type Injected } from '../../support/api-app.js';

export interface Reply {
  readonly status: number;
  readonly text: string;
  // eslint-disable-next-line -- what a test expects of an answer is what says its shape
  readonly body: any;
}

/** The API of campaigns on real databases, without a worker: what a worker does, a spec does by hand. */
export class CampaignsFixture {
  private constructor(private readonly api: ApiApp) {}

  static async start(environment: Record<string, string> = {}): Promise<CampaignsFixture> {
    const api = await ApiApp.start({
      assembly: assembled(() => [CampaignsModule]),
      environment: { CAUDAL_ROLES: 'api', ...environment },
    });
    // The one whose work the spec does by hand; without any, that would be the reason why nothing is sent.
    await api.sql.query(
      `INSERT INTO workers (id, host, pid, roles, seen_at)
       VALUES (gen_random_uuid(), 'spec', 1, '{worker}', now() + interval '1 hour')`,
    );
    return new CampaignsFixture(api);
  }

  get app(): NestFastifyApplication {
    return this.api.app;
  }

  get sql(): Sql {
    return this.api.sql;
  }

  get<T>(type: Type<T>): T {
    return this.api.get(type);
  }

  async call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    return replyOf(await this.api.inject(method, path, body, headers));
  }

  async upload(
    path: string,
    csv: string,
    fields: Record<string, string>,
    fileField = 'file',
  ): Promise<Reply> {
    const boundary = 'caudal-spec-boundary';
    const part = (head: string, value: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
    const payload = [
      part(`name="${fileField}"; filename="lista.csv"`, csv),
      ...Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value)),
      `--${boundary}--\r\n`,
    ].join('');
    const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    return replyOf(await this.api.inject('POST', path, payload, type));
  }

  /** The workspace of the admin key. */
  async workspaceId(): Promise<string> {
    const [row] = await this.sql.query<{ id: string }>(
      'SELECT id FROM workspaces ORDER BY created_at LIMIT 1',
    );
    return row!.id;
  }

  /** Another workspace, with a key of its own. */
  otherWorkspace(): Promise<{ workspaceId: string; key: string }> {
    return this.api.otherWorkspace();
  }

  async createChannel(fields: object = {}): Promise<string> {
    const { body } = await this.call('POST', '/api/channels', {
      name: `canal ${Math.random().toString(36).slice(2, 8)}`,
      provider: 'simulator',
      ...fields,
    });
    return body.id as string;
  }

  /** `count` contacts with a name and the attribute "Saldo"; returns their ids in order. */
  async addContacts(count: number, over: { tags?: string[]; saldo?: string | null } = {}): Promise<string[]> {
    const workspaceId = await this.workspaceId();
    const { tags = [], saldo = '100' } = over;
    const attributes = saldo === null ? {} : { Saldo: saldo };
    await this.sql.query(
      `INSERT INTO attribute_keys (workspace_id, key) VALUES ($1, 'Saldo') ON CONFLICT DO NOTHING`,
      [workspaceId],
    );
    const rows = await this.sql.query<{ id: string }>(
      `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags)
       SELECT $1, '+5255' || (10000000 + known.n + i), 'Persona ' || i, $3, $4
       FROM generate_series(1, $2) AS i, (SELECT count(*) AS n FROM contacts) AS known
       RETURNING id`,
      [workspaceId, count, JSON.stringify(attributes), tags],
    );
    return rows.map((row) => row.id);
  }

  async createCampaign(fields: object): Promise<string> {
    const { status, body, text } = await this.call('POST', '/api/campaigns', { name: 'mayo', ...fields });
    if (status !== 201) throw new Error(`the campaign was answered ${status}: ${text}`);
    return body.id as string;
  }

  start(id: string): Promise<Reply> {
    return this.call('POST', `/api/campaigns/${id}/start`);
  }

  prepare(id: string) {
    return this.get(PreparationService).prepare(id);
  }

  tick(): Promise<void> {
    return this.get(CampaignTicks).run();
  }

  async statusOf(id: string): Promise<string> {
    const { body } = await this.call('GET', `/api/campaigns/${id}`);
    return body.status as string;
  }

  async dispatchOf(id: string): Promise<string> {
    const [row] = await this.sql.query<{ id: string }>(
      'SELECT dispatch_id AS id FROM campaigns WHERE id = $1',
      [id],
    );
    return row!.id;
  }

  /** The counters, having made sure that they equal a recount. */
  async progressOf(id: string) {
    const dispatchId = await this.dispatchOf(id);
    const progress = this.get(ProgressRepository);
    const [counted, recounted] = [await progress.of(dispatchId), await progress.recount(dispatchId)];
    if (JSON.stringify(sorted(counted)) !== JSON.stringify(sorted(recounted))) {
      throw new Error(`counters ${JSON.stringify(counted)} are not the recount ${JSON.stringify(recounted)}`);
    }
    return counted;
  }

  async messagesOf(id: string) {
    return this.sql.query<{
      seq: number;
      recipient: string;
      state: string;
      last_code: string | null;
      variables: Record<string, string>;
      channel_id: string;
      contact_id: string | null;
    }>(
      `SELECT seq, recipient, state, last_code, variables, channel_id, contact_id FROM messages
       WHERE dispatch_id = $1 ORDER BY seq`,
      [await this.dispatchOf(id)],
    );
  }

  stop(): Promise<void> {
    return this.api.stop();
  }
}

function replyOf({ status, text, headers }: Injected): Reply {
  const isJson = /json/.test(String(headers['content-type'] ?? ''));
  return { status, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
}

function sorted(record: object): [string, unknown][] {
  return Object.entries(record).toSorted(([a], [b]) => a.localeCompare(b));
}
