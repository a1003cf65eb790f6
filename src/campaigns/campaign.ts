import type { ChannelPacing } from '../channels/channel.js';
import type { MessageContent } from '../channels/providers/message-content.js';
import type { FrequencyCap } from '../ledger/frequency-cap.js';
import type { MessageCategory } from '../ledger/suppression.js';
import type { Audience } from './audience/audience.js';
import type { CampaignStatus, HoldCode } from './campaign-state.js';
import type { Canary } from './governance/canary.js';
import type { FailureLimit } from './governance/failure-limit.js';
import type { RecurrenceKept } from './schedule/schedule.js';
import type { SendWindow } from './windows/send-window.js';
import type { Variant, WinnerRule } from './variants/variant.js';

/** What a person decides about a campaign before it starts. */
export interface CampaignPlan {
  readonly name: string;
  /** Null where each message has its own, as those of a bulk request. */
  readonly content: MessageContent | null;
  /** Texts that the recipients are shared out to; `content` is that of the first. Null or missing: all get `content`. */
  readonly variants?: readonly Variant[] | null;
  /** How one of them is chosen for most of the recipients; null or missing: each gets its part of all. */
  readonly winner?: WinnerRule | null;
  readonly audience: Audience;
  readonly channelIds: readonly string[];
  readonly category: MessageCategory;
  /** Over all its channels, beside their limits; null or missing: those alone. */
  readonly ratePerSecond?: number | null;
  /** Over all its channels, beside theirs: the slower of the two at each instant. */
  readonly pacing?: ChannelPacing | null;
  /** Hours in which it is sent, beside those that the calendar takes; null or missing: all. */
  readonly window?: SendWindow | null;
  /** Its part of the channels that it shares with other campaigns, 1 to 10; missing: 1. */
  readonly weight?: number;
  /** Sent first, and judged before the others get it; null or missing: all are sent as one. */
  readonly canary?: Canary | null;
  /** Null or missing: that of the settings, which may be none. */
  readonly holdOnFailures?: FailureLimit | null;
  /** Of marketing alone; null or missing: that of the settings, which may be none. */
  readonly frequencyCap?: FrequencyCap | null;
}

/** A stage of a campaign, from 0, of which nothing is left, while it is not decided what comes next. */
export interface SettledCampaignStage {
  readonly stage: number;
  readonly at: Date;
}

export interface Campaign extends CampaignPlan {
  readonly variants: readonly Variant[] | null;
  readonly winner: WinnerRule | null;
  readonly ratePerSecond: number | null;
  readonly pacing: ChannelPacing | null;
  readonly weight: number;
  readonly window: SendWindow | null;
  /** Its messages lie sorted by their recipients' time zones; decided at its start. */
  readonly isZoned: boolean;
  readonly canary: Canary | null;
  readonly holdOnFailures: FailureLimit | null;
  readonly frequencyCap: FrequencyCap | null;
  readonly settledStage: SettledCampaignStage | null;
  readonly id: string;
  readonly workspaceId: string;
  readonly status: CampaignStatus;
  /** Since when, by whom, and why where it is not plain. */
  readonly statusAt: Date;
  readonly statusBy: string;
  readonly statusReason: string | null;
  readonly holdCode: HoldCode | null;
  /** When it is to start, or was; of one that recurs: when its next occurrence is. */
  readonly dueAt: Date | null;
  readonly recurrence: RecurrenceKept | null;
  /** Of an occurrence: the campaign that recurs, until that is removed, and the instant that it was made for. */
  readonly parentId: string | null;
  readonly occurrenceAt: Date | null;
  /** Its messages in the ledger: those of its newest resend, if there was one; null before it was started. */
  readonly dispatchId: string | null;
  /** How often some of it was sent again, each in a dispatch of its own. */
  readonly resends: number;
  /** All of the audience is in the ledger. */
  readonly isPrepared: boolean;
  /** Recipients that the audience held at start. */
  readonly expected: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export function planOf(campaign: Campaign): CampaignPlan {
  const { name, content, variants, winner, audience, channelIds, category } = campaign;
  const { ratePerSecond, pacing, weight, window, canary, holdOnFailures, frequencyCap } = campaign;
  return {
    name,
    content,
    variants,
    winner,
    audience,
    channelIds,
    category,
    ratePerSecond,
    pacing,
    weight,
    window,
    canary,
    holdOnFailures,
    frequencyCap,
  };
}
