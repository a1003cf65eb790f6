import { describe, expect, it } from 'vitest';
import type { ChannelStandings } from '../../channels/channel-standings.js';
import type { ChannelTemplates } from '../../channels/channel-templates.js';
import type { Queryable } from '../../database/sql.js';
import type { ChannelSessions } from '../../queue/channel-sessions.js';
import type { ClaimedEvent } from './claimed-event.js';
import { ChannelNews, type NewsElement } from './channel-news.js';
import type { PlacedElement } from './webhook-body.js';

const EVENT = {} as ClaimedEvent;
const PLACE = { element: 0, accountRef: null };
const SESSION: NewsElement = {
  ...PLACE,
  kind: 'session',
  connection: 'connected',
  needsPerson: false,
  code: 'open',
  at: null,
};
const TEMPLATE: NewsElement = { ...PLACE, kind: 'template', name: 'promo', language: 'es', status: 'PAUSED' };
const STANDING: NewsElement = { ...PLACE, kind: 'standing', isStopped: false, what: 'FLAGGED' };

describe('what webhooks say of channels', () => {
  it('goes to who keeps it, for each channel it is about, in the order of the channels', async () => {
    const heard: string[] = [];
    const hears = (who: string) =>
      ({
        heard: async (_tx: Queryable, channelId: string, { kind }: NewsElement) => {
          await Promise.resolve();
          heard.push(`${channelId}: ${kind} to ${who}`);
        },
      }) as unknown;
    const news = new ChannelNews(
      hears('sessions') as ChannelSessions,
      hears('templates') as ChannelTemplates,
      hears('standings') as ChannelStandings,
    );
    const placed = (update: NewsElement, ...channelIds: string[]): PlacedElement<NewsElement> => ({
      event: EVENT,
      channelIds,
      update,
    });
    await news.apply({} as Queryable, [
      placed(STANDING, 'b', 'a'),
      placed(TEMPLATE, 'a'),
      placed(SESSION, 'c'),
    ]);
    expect(heard).toEqual([
      'a: standing to standings',
      'a: template to templates',
      'b: standing to standings',
      'c: session to sessions',
    ]);
  });
});
