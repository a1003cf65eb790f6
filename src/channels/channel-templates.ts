import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Sql, type Queryable } from '../database/sql.js';
import { AlertBook } from '../events/alert-book.js';
import { ChannelCheckRepository, type CheckEnd } from './channel-check.repository.js';
import { ChannelClients } from './channel-clients.js';
import type { ProviderTemplate } from './providers/provider-answers.js';
import type { ProviderClient } from './providers/provider.js';
import type { TemplateElement } from './providers/webhook-element.js';
import { isUsable, type ChannelTemplate, type TemplateState } from './template.js';
import { TemplateRepository } from './template.repository.js';

/** A whole list; less than what a process that stops is given. */
const LIST_TIMEOUT_MS = 20_000;
const RETRY_MS = 60_000;
/** A provider whose pages lead in a circle must not keep a worker for ever. */
const MOST_PAGES = 200;

/** What came of reading a list. */
export type TemplateSync =
  | { readonly kind: 'synced'; readonly templates: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

/** The templates of channels, as their providers list them and tell of them. */
@Injectable()
export class ChannelTemplates {
  private readonly logger = new Logger('Templates');

  constructor(
    private readonly clients: ChannelClients,
    private readonly templates: TemplateRepository,
    private readonly checks: ChannelCheckRepository,
    private readonly config: Config,
    private readonly alerts: AlertBook,
    private readonly sql: Sql,
  ) {}

  /** Reads the whole list, and only then says what there is: half of one would make the rest unknown. */
  async sync(channelId: string): Promise<TemplateSync> {
    const open = await this.clients.clientOf(channelId);
    if (open === null || open.client.listTemplates === undefined) return { kind: 'nothing' };
    const begunAt = await this.templates.now();
    const listed = await listedBy(open.client);
    if (listed.kind === 'failed') return listed;
    await this.templates.keep(channelId, begunAt, listed.templates);
    const usable = listed.templates.filter(({ status }) => isUsable(status));
    await this.alerts.endAll(this.sql, 'template_barred', channelId, usable.map(subjectOf));
    return { kind: 'synced', templates: listed.templates.length };
  }

  /** A webhook spoke of one. Of one that is not known yet only the list says the rest. */
  async heard(tx: Queryable, channelId: string, element: TemplateElement): Promise<void> {
    const { name, language, status = null, quality = null, reason = null } = element;
    const isKnown = await this.templates.hear(tx, channelId, { name, language, status, quality, reason });
    if (!isKnown) await this.checks.hasten(channelId, 'templates', tx);
    if (status === null) return;
    const key = { kind: 'template_barred', channelId, subject: subjectOf(element) } as const;
    if (isUsable(status)) return this.alerts.end(tx, key);
    this.logger.warn(`template "${name}" (${language}) is ${status}`, { channelId });
    const why = reason === null || reason === '' ? '' : ` ${reason}`;
    await this.alerts.raise(tx, key, `Template "${name}" (${language}) is ${status}.${why}`);
  }

  /** What is known of a template on each of these channels. */
  async statesOf(
    channelIds: readonly string[],
    name: string,
    language: string,
  ): Promise<ReadonlyMap<string, TemplateState>> {
    const known = await this.templates.named(channelIds, name);
    const states = channelIds.map(
      async (channelId) =>
        [
          channelId,
          await this.stateOf(
            channelId,
            known.filter((template) => template.channelId === channelId),
            name,
            language,
          ),
        ] as const,
    );
    return new Map(await Promise.all(states));
  }

  /** Tells the watch how a sync ended that a person asked for. */
  async noteSync(channelId: string, end: TemplateSync): Promise<void> {
    const nextMs = end.kind === 'failed' ? RETRY_MS : this.config.upkeep.accountCheckMs;
    await this.checks.settle('templates', { channelId, leasedUntil: null }, checkEndOf(end), nextMs);
  }

  private async stateOf(
    channelId: string,
    ofName: readonly ChannelTemplate[],
    name: string,
    language: string,
  ): Promise<TemplateState> {
    const found = ofName.find((template) => template.providerRef === name || template.language === language);
    if (found === undefined) {
      const syncedAt = (await this.checks.find(channelId, 'templates'))?.doneAt ?? null;
      if (syncedAt === null) return { kind: 'unlisted' };
      return { kind: 'absent', syncedAt, languages: ofName.map((template) => template.language) };
    }
    const { status, category, rejectedReason, notedAt } = found;
    return isUsable(status)
      ? { kind: 'usable', category }
      : { kind: 'unusable', status, reason: rejectedReason, notedAt };
  }
}

function subjectOf({ name, language }: { readonly name: string; readonly language: string }): string {
  return `${name} ${language}`;
}

export function checkEndOf(end: TemplateSync): CheckEnd {
  return end.kind === 'synced' ? { kind: 'done' } : end;
}

type Listed =
  | { readonly kind: 'listed'; readonly templates: readonly ProviderTemplate[] }
  | Extract<TemplateSync, { kind: 'failed' }>;

async function listedBy(client: ProviderClient): Promise<Listed> {
  const templates: ProviderTemplate[] = [];
  const endsMs = performance.now() + LIST_TIMEOUT_MS;
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const leftMs = endsMs - performance.now();
    if (leftMs <= 0) break;
    const answer = await client.listTemplates!(cursor, leftMs);
    if (answer.kind === 'failed') return answer;
    templates.push(...answer.templates);
    if (answer.next === null) return { kind: 'listed', templates };
    cursor = answer.next;
  }
  const reason = `The list had no end after ${templates.length} templates and ${LIST_TIMEOUT_MS / 1000} seconds.`;
  return { kind: 'failed', code: 'endless_list', reason };
}
