import { Injectable } from '@nestjs/common';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { ChannelCheckRepository } from './channel-check.repository.js';
import { ChannelMissingError } from './channel.errors.js';
import { ChannelRows } from './channel-rows.repository.js';
import type { Channel } from './channel.js';
import { ChannelTemplates } from './channel-templates.js';
import { NoTemplatesError, TemplatesUnreadError } from './template.errors.js';
import { TemplateRepository, type TemplateCursor } from './template.repository.js';
import type { ChannelTemplate } from './template.js';

/** A page of templates, and how old what it says may be. */
export interface TemplateList extends Page<ChannelTemplate> {
  readonly syncedAt: Date | null;
  /** Why the newest reading came to nothing; null where it did not. */
  readonly failure: string | null;
}

/** Templates as people ask for them. */
@Injectable()
export class TemplateService {
  constructor(
    private readonly channels: ChannelRows,
    private readonly templates: TemplateRepository,
    private readonly syncs: ChannelTemplates,
    private readonly checks: ChannelCheckRepository,
  ) {}

  async list(
    workspaceId: string,
    channelId: string,
    query: { readonly status?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<TemplateList> {
    await this.channelOf(workspaceId, channelId);
    const after = decodeCursor(query.cursor, isKey);
    const status = query.status?.toUpperCase() ?? null;
    const [rows, record] = await Promise.all([
      this.templates.list(channelId, status, after, query.limit + 1),
      this.checks.find(channelId, 'templates'),
    ]);
    const page = pageOf(
      rows,
      query.limit,
      ({ name, language, providerRef }) => [name, language, providerRef ?? ''],
      (row) => row,
    );
    return { ...page, syncedAt: record?.doneAt ?? null, failure: record?.failedReason ?? null };
  }

  /** Reads the list now; answers with how many there are. */
  async sync(workspaceId: string, channelId: string): Promise<number> {
    const { name, provider } = await this.channelOf(workspaceId, channelId);
    const end = await this.syncs.sync(channelId);
    await this.syncs.noteSync(channelId, end);
    if (end.kind === 'nothing') throw new NoTemplatesError(name, provider);
    if (end.kind === 'failed') throw new TemplatesUnreadError(name, end.code, end.reason);
    return end.templates;
  }

  private async channelOf(workspaceId: string, channelId: string): Promise<Channel> {
    const channel = await this.channels.find(channelId);
    if (channel === null || channel.workspaceId !== workspaceId) throw new ChannelMissingError(channelId);
    return channel;
  }
}

function isKey(key: unknown): key is TemplateCursor {
  return Array.isArray(key) && key.length === 3 && key.every((part) => typeof part === 'string');
}
