import { Injectable } from '@nestjs/common';
import { ChannelDirectory } from '../channels/channel-directory.js';
import { csvLine } from '../common/csv-line.js';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { CampaignNotFoundError } from './campaign.errors.js';
import {
  CampaignMessageRepository,
  type CampaignMessage,
  type MessageFilter,
} from './campaign-message.repository.js';
import { CampaignMessageWalk, FIRST_PLACE, isPlace, placeOf } from './campaign-message-walk.js';
import { CampaignRepository } from './campaign.repository.js';
import { messageReason } from './message-reason.js';
import { variantNameOf, type Variant } from './variants/variant.js';

export type ExplainedMessage = Omit<CampaignMessage, 'trail' | 'seq' | 'originSeq' | 'variant'> & {
  readonly number: number;
  /** Its name; null where there is one text for all, and while it waits for the winner. */
  readonly variant: string | null;
  readonly reason: string | null;
};

export interface ExplainedPage extends Page<ExplainedMessage> {
  /** When the recipients were let go, being old: a page that is empty for that reason says so. */
  readonly purgedAt: Date | null;
}

const REPORT_PAGE = 2000;
/** So that whoever downloads sees rows at once, also while Postgres is busy. */
const FIRST_REPORT_PAGE = 100;
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
  'providerId',
  'channel',
  'variant',
] as const;

type ChannelNames = ReadonlyMap<string, string>;
type Variants = readonly Variant[] | null;

/** The recipients of a campaign one by one. */
@Injectable()
export class CampaignMessagesService {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly messages: CampaignMessageRepository,
    private readonly walk: CampaignMessageWalk,
    private readonly channels: ChannelDirectory,
  ) {}

  async page(
    workspaceId: string,
    id: string,
    filter: MessageFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<ExplainedPage> {
    const { dispatchIds, variants } = await this.find(workspaceId, id);
    const [run] = dispatchIds;
    const place = placeOf(decodeCursor(page.cursor, isPlace));
    if (run === undefined) return { items: [], nextCursor: null, purgedAt: null };
    const rows = await this.walk.after(workspaceId, dispatchIds, filter, place, page.limit + 1);
    const purgedAt = rows.length > 0 ? null : await this.messages.purgedAt(run);
    const found = pageOf(
      rows,
      page.limit,
      (row) => [...row.place],
      ({ message }) => explained(message, variants),
    );
    return { ...found, purgedAt };
  }

  /** Every recipient as CSV, page by page, so that a million need no more memory than two thousand. */
  async report(workspaceId: string, id: string): Promise<AsyncGenerator<string>> {
    const { dispatchIds, variants } = await this.find(workspaceId, id);
    const channels = await this.channels.channelsOf(workspaceId);
    const names = new Map(channels.map((channel) => [channel.id, channel.name]));
    return this.lines(workspaceId, dispatchIds, names, variants);
  }

  private async *lines(
    workspaceId: string,
    dispatchIds: readonly string[],
    names: ChannelNames,
    variants: Variants,
  ): AsyncGenerator<string> {
    yield csvLine(REPORT_COLUMNS);
    let place = FIRST_PLACE;
    for (let limit = FIRST_REPORT_PAGE; ; limit = REPORT_PAGE) {
      const rows = await this.walk.after(workspaceId, dispatchIds, {}, place, limit);
      if (rows.length === 0) return;
      yield rows.map(({ message }) => lineOf(explained(message, variants), names)).join('');
      place = rows.at(-1)!.place;
    }
  }

  private async find(workspaceId: string, id: string) {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    return { dispatchIds: await this.walk.dispatchesOf(campaign), variants: campaign.variants };
  }
}

function explained(row: CampaignMessage, variants: Variants): ExplainedMessage {
  const { seq, originSeq, trail: _trail, ...rest } = row;
  return {
    number: originSeq ?? seq,
    ...rest,
    variant: variantNameOf(row.variant, variants),
    reason: messageReason(row),
  };
}

function lineOf(message: ExplainedMessage, names: ChannelNames): string {
  const { recipient, ...rest } = message;
  const cells: Record<string, unknown> = {
    ...rest,
    phone: recipient,
    channel: names.get(message.channelId ?? '') ?? null,
  };
  return csvLine(
    REPORT_COLUMNS.map((column) => {
      const cell = cells[column];
      return cell instanceof Date ? cell.toISOString() : (cell as string | number | null);
    }),
  );
}
