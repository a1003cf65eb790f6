import { Injectable } from '@nestjs/common';
import { Sql, type Queryable } from '../database/sql.js';
import type { ProviderTemplate } from './providers/provider-answers.js';
import type { ChannelTemplate } from './template.js';

/** What a webhook said of a template; what it did not say is null. */
export interface TemplateNews {
  readonly name: string;
  readonly language: string;
  readonly status: string | null;
  readonly quality: string | null;
  readonly reason: string | null;
}

/** Where a page of the list ends. */
export type TemplateCursor = readonly [name: string, language: string, providerRef: string];

const COLUMNS = `channel_id AS "channelId", name, language, category, status, quality,
  rejected_reason AS "rejectedReason", parameter_format AS "parameterFormat", components,
  nullif(provider_ref, '') AS "providerRef", synced_at AS "syncedAt", noted_at AS "notedAt"`;

/**
 * A whole list at once. What a webhook said after the list was begun is newer than the list, and stays; what the list
 * does not have, and nothing was heard of since, is gone.
 */
const KEEP = {
  name: 'template-keep',
  text: `
    WITH listed AS MATERIALIZED (
      SELECT *, coalesce("providerRef", '') AS ref FROM jsonb_to_recordset($3::jsonb) AS t
        (name text, language text, category text, status text, quality text, "rejectedReason" text,
         "parameterFormat" text, components jsonb, "providerRef" text)
    ),
    gone AS (
      DELETE FROM templates t
      WHERE t.channel_id = $1 AND t.noted_at <= $2::timestamptz
        AND NOT EXISTS (SELECT FROM listed l
                        WHERE l.name = t.name AND l.language = t.language AND l.ref = t.provider_ref)
    )
    INSERT INTO templates AS known
      (channel_id, workspace_id, name, language, category, status, quality, rejected_reason, parameter_format,
       components, provider_ref, synced_at, noted_at)
    SELECT DISTINCT ON (l.name, l.language, l.ref) c.id, c.workspace_id, l.name, l.language, l.category, l.status, l.quality,
           l."rejectedReason", l."parameterFormat", coalesce(l.components, '[]'), l.ref, now(), now()
    FROM listed l, channels c WHERE c.id = $1
    ON CONFLICT (channel_id, name, language, provider_ref) DO UPDATE
    SET category = EXCLUDED.category, components = EXCLUDED.components, synced_at = EXCLUDED.synced_at,
        parameter_format = EXCLUDED.parameter_format,
        status = CASE WHEN known.noted_at > $2 THEN known.status ELSE EXCLUDED.status END,
        quality = CASE WHEN known.noted_at > $2 THEN known.quality ELSE EXCLUDED.quality END,
        rejected_reason =
          CASE WHEN known.noted_at > $2 THEN known.rejected_reason ELSE EXCLUDED.rejected_reason END,
        noted_at = greatest(known.noted_at, EXCLUDED.noted_at)`,
};
const HEAR = {
  name: 'template-hear',
  text: `
    UPDATE templates
    SET status = coalesce($4, status), quality = coalesce($5, quality),
        rejected_reason = CASE WHEN $4::text IS NULL THEN rejected_reason ELSE $6 END,
        noted_at = clock_timestamp()
    WHERE channel_id = $1 AND name = $2 AND language = $3
    RETURNING 1`,
};
/** Some are sent by the provider's id of them. By the primary key: the templates of a channel are some hundreds. */
const NAMED = {
  name: 'template-named',
  text: `SELECT ${COLUMNS} FROM templates WHERE channel_id = ANY($1::uuid[]) AND (name = $2 OR provider_ref = $2)`,
};
const LIST = {
  name: 'template-list',
  text: `
    SELECT ${COLUMNS} FROM templates
    WHERE channel_id = $1 AND ($2::text IS NULL OR status = $2)
      AND ($3::text IS NULL OR (name, language, provider_ref) > ($3, $4, $5))
    ORDER BY name, language, provider_ref LIMIT $6`,
};

/** Templates as they were last heard of, by channel. */
@Injectable()
export class TemplateRepository {
  constructor(private readonly sql: Sql) {}

  /** @param begunAt the database's instant at which the list was begun */
  async keep(channelId: string, begunAt: string, templates: readonly ProviderTemplate[]): Promise<void> {
    await this.sql.query(KEEP, [channelId, begunAt, JSON.stringify(templates)]);
  }

  /** Whether it was known. */
  async hear(tx: Queryable, channelId: string, news: TemplateNews): Promise<boolean> {
    const { name, language, status, quality, reason } = news;
    return (await tx.query(HEAR, [channelId, name, language, status, quality, reason])).length > 0;
  }

  named(channelIds: readonly string[], name: string): Promise<ChannelTemplate[]> {
    return this.sql.query<ChannelTemplate>(NAMED, [channelIds, name]);
  }

  list(
    channelId: string,
    status: string | null,
    after: TemplateCursor | null,
    limit: number,
  ): Promise<ChannelTemplate[]> {
    const values = [channelId, status, after?.[0] ?? null, after?.[1] ?? null, after?.[2] ?? null, limit];
    return this.sql.query<ChannelTemplate>(LIST, values);
  }

  async now(): Promise<string> {
    return (await this.sql.query<{ now: string }>('SELECT now()::text AS now'))[0]!.now;
  }
}
