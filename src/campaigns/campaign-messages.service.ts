import { Injectable } from '@nestjs/common';
import { csvLine } from '../common/csv-line.js';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { CampaignNotFoundError } from './campaign.errors.js';
import {
  CampaignMessageRepository,
  type CampaignMessage,
  type MessageFilter,
} from './campaign-message.repository.js';
import { CampaignRepository } from './campaign.repository.js';
import { messageReason } from './message-reason.js';

export type ExplainedMessage = Omit<CampaignMessage, 'trail' | 'seq'> & {
  readonly number: number;
  readonly reason: string | null;
};

const REPORT_PAGE = 2000;
const REPORT_COLUMNS = [
  'number',
  'phone',
  'state',
  'attempts',
  'code',
  'reason',
  'begunAt',
  'acceptedAt',
  'sentAt',
  'deliveredAt',
  'readAt',
  'failedAt',
  'channelId',
] as const;

/** The recipients of a campaign one by one. */
@Injectable()
export class CampaignMessagesService {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly messages: CampaignMessageRepository,
  ) {}

  async page(
    workspaceId: string,
    id: string,
    filter: MessageFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<ExplainedMessage>> {
    const dispatchId = await this.dispatchOf(workspaceId, id);
    const after = decodeCursor(page.cursor, isSeq)?.[0] ?? 0;
    if (dispatchId === null) return { items: [], nextCursor: null };
    const rows = await this.messages.page(workspaceId, dispatchId, filter, after, page.limit + 1);
    return pageOf(rows, page.limit, (row) => [row.seq], explained);
  }

  /** Every recipient as CSV, page by page, so that a million need no more memory than two thousand. */
  async report(workspaceId: string, id: string): Promise<AsyncGenerator<string>> {
    return this.lines(workspaceId, await this.dispatchOf(workspaceId, id));
  }

  private async *lines(workspaceId: string, dispatchId: string | null): AsyncGenerator<string> {
    yield csvLine(REPORT_COLUMNS);
    let after = 0;
    while (dispatchId !== null) {
      const rows = await this.messages.page(workspaceId, dispatchId, {}, after, REPORT_PAGE);
      if (rows.length === 0) return;
      yield rows.map((row) => lineOf(explained(row))).join('');
      after = rows.at(-1)!.seq;
    }
  }

  private async dispatchOf(workspaceId: string, id: string): Promise<string | null> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return campaign.dispatchId;
  }
}

function explained(row: CampaignMessage): ExplainedMessage {
  const { seq, trail: _trail, ...rest } = row;
  return { number: seq, ...rest, reason: messageReason(row) };
}

function lineOf(message: ExplainedMessage): string {
  const { recipient, ...rest } = message;
  const cells: Record<string, unknown> = { ...rest, phone: recipient };
  return csvLine(
    REPORT_COLUMNS.map((column) => {
      const cell = cells[column];
      return cell instanceof Date ? cell.toISOString() : (cell as string | number | null);
    }),
  );
}

function isSeq(key: unknown): key is [number] {
  return Array.isArray(key) && key.length === 1 && Number.isSafeInteger(key[0]);
}
