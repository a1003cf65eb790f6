import { Injectable } from '@nestjs/common';
import type { ListedChannel } from '../../channels/channel-directory.js';
import { Clock } from '../../common/clock.js';
import type { AudienceScope } from '../audience/audience-source.js';
import type { Campaign } from '../campaign.js';
import { estimateMs } from '../send-estimate.js';
import { isRestricted, needsZones } from './send-window.js';
import { windowedFinishMs, type Piece } from './window-forecast.js';
import { WindowRules } from './window-rules.js';
import { WindowRepository } from './window.repository.js';
import { ZoneCounts } from './zone-count.repository.js';

/** What of a campaign says how long it takes. */
type TimedCampaign = Pick<Campaign, 'workspaceId' | 'window' | 'category' | 'pacing' | 'ratePerSecond'>;

/** Messages that are prepared in one go lie zone behind zone; the next ones begin with the first zone again. */
const MESSAGES_IN_A_CHUNK = 20_000;
const MOST_CHUNKS = 10;

/** How long messages take by limits, pacing and hours; 0 where nothing holds them back. */
@Injectable()
export class FinishTimes {
  constructor(
    private readonly rules: WindowRules,
    private readonly windows: WindowRepository,
    private readonly zones: ZoneCounts,
    private readonly clock: Clock,
  ) {}

  /** Of a campaign that has not begun: from the instant at which it does. `channels`: with their parts as weights; `scope`: null where it is not sorted by zones. */
  async beforeStart(
    campaign: TimedCampaign,
    scope: (() => Promise<AudienceScope>) | null,
    channels: readonly ListedChannel[],
    messages: number,
    startMs = this.clock.nowMs(),
  ): Promise<number> {
    const { workspaceId, pacing, ratePerSecond } = campaign;
    const rule = await this.rules.of(workspaceId, campaign);
    if (!isRestricted(rule)) return estimateMs(channels, messages, ratePerSecond, { pacing, sent: 0 });
    const spread = needsZones(rule) && scope !== null ? await this.zones.of(await scope()) : [];
    const pieces = inChunks(scaled(spread, messages));
    const endMs = windowedFinishMs({ rule, pieces, startMs, channels, ratePerSecond, pacing, sent: 0 });
    return Math.round((endMs ?? startMs) - startMs);
  }

  /** Of what is left of one that runs, from now on; `unprepared` of them have no batch yet. */
  async whileItRuns(
    campaign: TimedCampaign,
    dispatchId: string,
    channels: readonly ListedChannel[],
    left: { readonly messages: number; readonly unprepared: number; readonly sent: number },
    ratePerSecond: number | null,
  ): Promise<number> {
    const { workspaceId, pacing } = campaign;
    const rule = await this.rules.of(workspaceId, campaign);
    const { messages, sent } = left;
    if (!isRestricted(rule)) return estimateMs(channels, messages, ratePerSecond, { pacing, sent });
    const byZone = needsZones(rule) ? await this.windows.leftByZone(dispatchId) : [];
    const prepared = scaled(byZone, messages - left.unprepared);
    const pieces = [...prepared, ...scaled(byZone, left.unprepared)];
    const startMs = this.clock.nowMs();
    const endMs = windowedFinishMs({ rule, pieces, startMs, channels, ratePerSecond, pacing, sent });
    return Math.round((endMs ?? startMs) - startMs);
  }
}

/** The same spread over the zones for so many messages. */
function scaled(pieces: readonly Piece[], messages: number): Piece[] {
  const total = pieces.reduce((sum, piece) => sum + piece.messages, 0);
  if (total === 0) return messages > 0 ? [{ zone: null, messages }] : [];
  let given = 0;
  let seen = 0;
  return pieces.flatMap(({ zone, messages: some }) => {
    seen += some;
    const upTo = Math.round((seen / total) * messages);
    const part = upTo - given;
    given = upTo;
    return part > 0 ? [{ zone, messages: part }] : [];
  });
}

function inChunks(pieces: readonly Piece[]): Piece[] {
  const total = pieces.reduce((sum, { messages }) => sum + messages, 0);
  const chunks = Math.min(MOST_CHUNKS, Math.max(1, Math.ceil(total / MESSAGES_IN_A_CHUNK)));
  const size = Math.ceil(total / chunks);
  return Array.from({ length: chunks }, (_, index) =>
    scaled(pieces, Math.min(size, total - index * size)),
  ).flat();
}
