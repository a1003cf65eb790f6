import type { SuppressionCategory } from '../../../src/ledger/suppression.js';
import { SuppressionRepository } from '../../../src/ledger/suppression.repository.js';
import { CampaignsFixture, type Reply } from './campaigns-app.js';

export interface PersonFields {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly string[];
  /** Wrote to a number so many days ago. */
  readonly seenDaysAgo?: number;
  readonly optedOut?: boolean;
}

/** People as an audience sees them. */
export class AudienceFixture {
  private made = 0;

  private constructor(
    readonly campaigns: CampaignsFixture,
    readonly workspaceId: string,
    readonly channelId: string,
  ) {}

  static async start(): Promise<AudienceFixture> {
    const campaigns = await CampaignsFixture.start();
    return new AudienceFixture(campaigns, await campaigns.workspaceId(), await campaigns.createChannel());
  }

  stop(): Promise<void> {
    return this.campaigns.stop();
  }

  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Reply> {
    return this.campaigns.call(method, path, body);
  }

  /** The number that tells a person apart, by which answers are compared. */
  async person({ attributes = {}, tags = [], seenDaysAgo, optedOut = false }: PersonFields): Promise<string> {
    this.made += 1;
    const { sql } = this.campaigns;
    const recipient = `+52155${String(10_000_000 + this.made)}`;
    const [row] = await sql.query<{ id: string }>(
      `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags, opted_out_at)
       VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN now() END) RETURNING id`,
      [this.workspaceId, recipient, `Persona ${this.made}`, JSON.stringify(attributes), tags, optedOut],
    );
    await sql.query(
      `INSERT INTO attribute_keys (workspace_id, key) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
      [this.workspaceId, Object.keys(attributes)],
    );
    if (optedOut) await this.suppress([recipient], 'all');
    if (seenDaysAgo !== undefined) {
      await sql.query(
        `INSERT INTO conversations (workspace_id, channel_id, contact_id, recipient, last_inbound_at, last_message_at,
                                    last_text)
         SELECT $1, $2, $3, $4, at, at, 'Hola' FROM (SELECT now() - $5 * interval '1 day' AS at) AS seen`,
        [this.workspaceId, this.channelId, row!.id, recipient, seenDaysAgo],
      );
    }
    return recipient;
  }

  suppress(recipients: readonly string[], category: SuppressionCategory): Promise<void> {
    return this.campaigns.get(SuppressionRepository).suppress(this.campaigns.sql, {
      workspaceId: this.workspaceId,
      recipients,
      category,
      reason: 'spec',
      source: 'api',
    });
  }

  campaign(audience: object, fields: object = {}): Promise<string> {
    const channelIds = [this.channelId];
    return this.campaigns.createCampaign({ message: 'Hola', audience, channelIds, ...fields });
  }

  /** Started and prepared: who is to get it, in the order in which they were made. */
  async run(id: string): Promise<string[]> {
    const { status, text } = await this.campaigns.start(id);
    if (status >= 300) throw new Error(`the start was answered ${status}: ${text}`);
    await this.campaigns.prepare(id);
    return this.pendingOf(id);
  }

  async pendingOf(id: string): Promise<string[]> {
    const rows = await this.campaigns.messagesOf(id);
    return rows
      .filter(({ state }) => state === 'pending')
      .map(({ recipient }) => recipient)
      .toSorted();
  }

  async save(name: string, audience: object): Promise<string> {
    const { status, body, text } = await this.call('POST', '/api/audiences', { name, audience });
    if (status !== 201) throw new Error(`the audience was answered ${status}: ${text}`);
    return body.id as string;
  }
}
