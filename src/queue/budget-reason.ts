import { Injectable } from '@nestjs/common';
import { PART_OF_DAY } from '../ledger/contact-terms.js';
import { ChannelLines } from './channel-line.js';
import { ContactBudgets } from './contact-budgets.js';
import { because, type SendingReason } from './sending-reason.js';

/** What waits, and where it lies. */
export interface WaitingForPlaces {
  readonly nextAt: Date | null;
  readonly since: Date | null;
  readonly channelIds: readonly string[] | null;
}

/** Says of what waits whether it waits for places in a budget of contacts. */
@Injectable()
export class BudgetReasons {
  constructor(
    private readonly lines: ChannelLines,
    private readonly contacts: ContactBudgets,
  ) {}

  /** Of the first of the channels whose budget is spent, or has fewer places left than a batch is woken for. */
  async of({ nextAt, since, channelIds }: WaitingForPlaces): Promise<SendingReason | null> {
    for (const channelId of channelIds ?? []) {
      const channel = (await this.lines.lineOf(channelId))?.channel;
      const standing = channel === undefined ? null : await this.contacts.of(channel);
      if (standing === null || standing.left >= Math.ceil(standing.today / PART_OF_DAY)) continue;
      const until = standing.nextPlaceAt ?? nextAt;
      return because('limit_spent', since, channel!.name, { contacts: standing.today, until });
    }
    return null;
  }
}
