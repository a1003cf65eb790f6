import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../../channels/channel-directory.js';
import { StandingRepository } from '../../channels/standing.repository.js';
import { PoolAbilities } from '../../queue/pool-abilities.js';
import { ContactBudgets } from '../../queue/contact-budgets.js';
import { because } from '../../queue/sending-reason.js';
import type { PreflightChannel } from './preflight-warnings.js';

const DAY_MS = 86_400_000;

/** What each channel of a campaign would send of it, and what it has room for. */
@Injectable()
export class PreflightChannels {
  constructor(
    private readonly abilities: PoolAbilities,
    private readonly standings: StandingRepository,
    private readonly contacts: ContactBudgets,
  ) {}

  /** `shared`: the channels with the part of each as its weight. */
  async of(shared: readonly ListedChannel[], messages: number): Promise<PreflightChannel[]> {
    const ids = shared.map(({ id }) => id);
    const [readings, standings, budgets] = await Promise.all([
      this.abilities.of(ids).catch(() => null),
      Promise.all(ids.map((id) => this.standings.find(id))),
      Promise.all(shared.map((channel) => this.contacts.of(channel))),
    ]);
    const weights = shared.reduce((sum, { weight }) => sum + weight, 0);
    return shared.map(({ id, name, weight, limits }, index) => {
      const share = weights === 0 ? 1 / shared.length : weight / weights;
      const reading = readings?.[index];
      const day = reading?.windows.find(
        ({ windowMs, countsContacts }) => windowMs === DAY_MS && countsContacts !== true,
      );
      const standing = standings[index] ?? null;
      return {
        id,
        name,
        share,
        messages: Math.round(messages * share),
        ratePerSecond: reading?.perSecond ?? limits.perSecond ?? null,
        dayLimit: day?.limit ?? limits.perDay ?? null,
        dayLeft: day?.left ?? null,
        recipientsPerDay: standing?.recipientsPerDay ?? null,
        contactsPerDay: budgets[index]?.today ?? null,
        contactsLeft: budgets[index]?.left ?? null,
        quality: standing?.quality ?? 'UNKNOWN',
        obstacle: reading === undefined ? because('redis_unreachable', null) : reading.obstacle,
      };
    });
  }
}
