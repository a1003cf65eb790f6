import { Injectable } from '@nestjs/common';
import { ChannelStandings } from '../../channels/channel-standings.js';
import { ChannelTemplates } from '../../channels/channel-templates.js';
import type {
  SessionElement,
  StandingElement,
  TemplateElement,
} from '../../channels/providers/webhook-element.js';
import { assertNever } from '../../common/assert-never.js';
import type { Queryable } from '../../database/sql.js';
import { ChannelSessions } from '../../queue/channel-sessions.js';
import type { PlacedElement } from './webhook-body.js';

export type NewsElement = SessionElement | TemplateElement | StandingElement;

/**
 * What providers say of the channels themselves. Channel by channel in the order of their ids, and of each in the order
 * in which it came: whoever applies such things locks rows of channels, and two of them must not wait for each other.
 */
@Injectable()
export class ChannelNews {
  constructor(
    private readonly sessions: ChannelSessions,
    private readonly templates: ChannelTemplates,
    private readonly standings: ChannelStandings,
  ) {}

  async apply(tx: Queryable, elements: readonly PlacedElement<NewsElement>[]): Promise<void> {
    const news = elements.flatMap(({ channelIds, update }) =>
      channelIds.map((channelId) => ({ channelId, update })),
    );
    for (const { channelId, update } of news.toSorted((a, b) => a.channelId.localeCompare(b.channelId))) {
      await this.applyOne(tx, channelId, update);
    }
  }

  private applyOne(tx: Queryable, channelId: string, update: NewsElement): Promise<void> {
    switch (update.kind) {
      case 'session':
        return this.sessions.heard(tx, channelId, update);
      case 'template':
        return this.templates.heard(tx, channelId, update);
      case 'standing':
        return this.standings.heard(tx, channelId, update);
      default:
        return assertNever(update);
    }
  }
}
