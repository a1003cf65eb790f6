import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../../channels/channel-directory.js';
import { budgetsOf } from '../../channels/channel-budget.js';
import { Clock } from '../../common/clock.js';
import type { CampaignPlan } from '../campaign.js';
import { waitsForPlaces } from '../../ledger/contact-terms.js';
import type { MessageCategory } from '../../ledger/suppression.js';
import { ContactBudgets } from '../../queue/contact-budgets.js';

const DAY_MS = 86_400_000;
/** Beyond it nobody plans; a ramp that never ends would be followed for ever. */
const MOST_DAYS = 3650;
const RUN = { kind: 'run', policy: { maxTries: 1, retryBaseMs: 1, retryMaxMs: 1 } } as const;

/** What a channel would send, and the places that it has now; null without a budget. */
interface Line {
  readonly messages: number;
  readonly contactsLeft: number | null;
}
/** How long what is left of a campaign takes by the budgets of its channels. */
@Injectable()
export class PlacesForecast {
  constructor(
    private readonly contacts: ContactBudgets,
    private readonly clock: Clock,
  ) {}

  /** `shared`: the channels with the part of each as its weight. Asks nothing where none has a budget. */
  async ms(
    shared: readonly ListedChannel[],
    messages: number,
    { category, content, audience }: Pick<CampaignPlan, 'category' | 'content' | 'audience'>,
  ): Promise<number> {
    // Bulk requests and tickets do not wait.
    if (content === null || audience.kind === 'event') return 0;
    const weights = shared.reduce((sum, { weight }) => sum + weight, 0);
    const lines = shared.map(async (channel) => ({
      messages: Math.round(messages * (weights === 0 ? 1 / shared.length : channel.weight / weights)),
      contactsLeft: (await this.contacts.of(channel))?.left ?? null,
    }));
    return placesMs(shared, await Promise.all(lines), category, this.clock.nowMs());
  }
}

type Budgeted = Pick<ListedChannel, 'id' | 'budget'>;

/**
 * How long a campaign takes by its budgets alone, as if everybody in it cost a place: what is left of today now, and a
 * day's budget with each day after it, as the ramp has it then. Channels of one portfolio share its places.
 */
export function placesMs(
  channels: readonly Budgeted[],
  lines: readonly Line[],
  category: MessageCategory,
  nowMs: number,
): number {
  if (!waitsForPlaces({ ...RUN, category })) return 0;
  const days = channels.map((channel, index) => {
    const { messages, contactsLeft } = lines[index]!;
    if (contactsLeft === null || channel.budget === undefined) return 0;
    const sharing = channel.budget.portfolio?.dailyContacts == null ? null : channel.budget.portfolio.id;
    const all = sharing === null ? messages : sumOf(channels, lines, sharing);
    return daysFor(channel, all, contactsLeft, nowMs);
  });
  return Math.max(0, ...days) * DAY_MS;
}

function daysFor(channel: Budgeted, messages: number, left: number, nowMs: number): number {
  let missing = messages - left;
  for (let day = 1; day <= MOST_DAYS; day += 1) {
    if (missing <= 0) return day - 1;
    const { wide, own } = budgetsOf(channel.id, channel.budget!, nowMs + day * DAY_MS);
    missing -= Math.min(wide?.limit ?? Infinity, own?.limit ?? Infinity);
  }
  return MOST_DAYS;
}

function sumOf(channels: readonly Budgeted[], lines: readonly Line[], portfolioId: string): number {
  return channels.reduce(
    (sum, { budget }, index) => sum + (budget?.portfolio?.id === portfolioId ? lines[index]!.messages : 0),
    0,
  );
}
