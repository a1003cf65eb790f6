import { Injectable } from '@nestjs/common';
import { ChannelDirectory } from '../../channels/channel-directory.js';
import { CampaignMessageRepository, type CampaignMessage } from '../campaign-message.repository.js';
import { CampaignMessageWalk } from '../campaign-message-walk.js';
import { CampaignNotFoundError } from '../campaign.errors.js';
import { CampaignRepository } from '../campaign.repository.js';
import { messageReason } from '../message-reason.js';
import { variantNameOf } from '../variants/variant.js';
import { RecipientNotFoundError } from './report.errors.js';
import { ReportTrailRepository, type TrailRow } from './report-trail.repository.js';

/** One thing that is known of one attempt. */
export interface TrailStep {
  readonly attempt: number;
  readonly at: Date;
  /** `send`, `reaper`, `look-up` or `webhook`: where it is known from. */
  readonly source: string;
  readonly outcome: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly channelId: string | null;
  readonly channel: string | null;
}

/** The message of the run, or one that tried it again, with all that is known of it. */
export interface TrailMessage extends Omit<
  CampaignMessage,
  'trail' | 'seq' | 'originSeq' | 'recipient' | 'variant'
> {
  /** Its name; null where there is one text for all, and while it waits for the winner. */
  readonly variant: string | null;
  readonly dispatchId: string;
  readonly reason: string | null;
  readonly channel: string | null;
  readonly steps: readonly TrailStep[];
}

export interface RecipientTrail {
  readonly number: number;
  readonly recipient: string;
  readonly contactId: string | null;
  /** The oldest first; where the recipient is, the last one says. */
  readonly messages: readonly TrailMessage[];
}

/** What became of one recipient, attempt by attempt. */
@Injectable()
export class ReportTrailService {
  constructor(
    private readonly campaigns: CampaignRepository,
    private readonly channels: ChannelDirectory,
    private readonly walk: CampaignMessageWalk,
    private readonly messages: CampaignMessageRepository,
    private readonly trails: ReportTrailRepository,
  ) {}

  async of(workspaceId: string, id: string, number: number): Promise<RecipientTrail> {
    const campaign = await this.campaigns.find(workspaceId, id);
    if (campaign === null) throw new CampaignNotFoundError(id);
    const dispatchIds = await this.walk.dispatchesOf(campaign);
    const keys = await this.trails.messagesOf(workspaceId, dispatchIds, number);
    const [first] = keys;
    if (first === undefined) throw await this.nobody(id, number, dispatchIds);
    const [rows, attempts, listed] = await Promise.all([
      Promise.all(
        keys.map(({ dispatchId, seq }) => this.messages.page(workspaceId, dispatchId, {}, seq - 1, 1)),
      ),
      this.trails.attemptsOf(keys),
      this.channels.channelsOf(workspaceId),
    ]);
    const names = new Map(listed.map((channel) => [channel.id, channel.name]));
    const found = rows.flat();
    return {
      number,
      recipient: found[0]!.recipient,
      contactId: found[0]!.contactId,
      messages: found.map((row, nth) => {
        const { dispatchId } = keys[nth]!;
        const own = attempts.filter((step) => step.dispatchId === dispatchId);
        const trail = trailOf(row, dispatchId, own, (channelId) => names.get(channelId ?? '') ?? null);
        return { ...trail, variant: variantNameOf(row.variant, campaign.variants) };
      }),
    };
  }

  private async nobody(id: string, number: number, dispatchIds: readonly string[]) {
    const [run] = dispatchIds;
    const purgedAt = run === undefined ? null : await this.messages.purgedAt(run);
    return new RecipientNotFoundError(id, number, purgedAt);
  }
}

function trailOf(
  row: CampaignMessage,
  dispatchId: string,
  attempts: readonly TrailRow[],
  nameOf: (channelId: string | null) => string | null,
): Omit<TrailMessage, 'variant'> {
  const {
    trail: _trail,
    seq: _seq,
    originSeq: _origin,
    recipient: _recipient,
    variant: _variant,
    ...message
  } = row;
  const written = attempts.map(({ dispatchId: _dispatch, seq: _number, ...step }) => step);
  // One that was neither sent to another channel nor settled by its own carries none: then it is the message's.
  const steps = [...written, ...unwritten(row)]
    .toSorted((a, b) => a.attempt - b.attempt || a.at.getTime() - b.at.getTime())
    .map((step) => ({ ...step, channelId: step.channelId ?? row.channelId }))
    .map((step) => ({ ...step, channel: nameOf(step.channelId) }));
  return { dispatchId, ...message, reason: messageReason(row), channel: nameOf(row.channelId), steps };
}

/** An attempt that was accepted, or whose call is open, leaves nothing but its times on the message. */
function unwritten({ attempts, acceptedAt, begunAt, state, channelId }: CampaignMessage) {
  const step = { attempt: attempts, source: 'send', code: null, reason: null, channelId };
  if (acceptedAt !== null) return [{ ...step, at: acceptedAt, outcome: 'accepted' }];
  return state === 'inflight' && begunAt !== null ? [{ ...step, at: begunAt, outcome: 'begun' }] : [];
}
