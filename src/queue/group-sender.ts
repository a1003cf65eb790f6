import { Injectable } from '@nestjs/common';
import type { MessageContent } from '../channels/providers/message-content.js';
import type { SendOutcome } from '../channels/providers/send-outcome.js';
import { Config } from '../config/config.js';
import type { Dispatch, PendingMessage } from '../ledger/dispatch.js';
import type { Settlement } from '../ledger/settlement.js';
import type { ChannelLine } from './channel-line.js';
import { OutcomeEffects } from './outcome-effects.js';
import { PauseFlags } from './pause-flags.js';
import { RefusalRuns } from './refusal-runs.js';
import { settlementOf } from './settlement-of.js';
import { StartJournal, type Noted } from './start-journal.js';
import type { Grant } from './throttle.js';

/**
 * Past the barrier and not begun within this time, a row is handed back. Bounds how long a frozen worker that wakes up
 * could still send: by then its lease is over and its rows are called unknown.
 */
const MOST_MS_TO_BEGIN = 1000;

/**
 * Calls begun without a pause. All two hundred of a group at once held the event loop for 10 ms, and answers of Postgres
 * and of other requests waited so long.
 */
const CALLS_AT_A_STRETCH = 50;

/** Messages that passed one barrier together. */
export interface Group {
  readonly dispatch: Dispatch;
  /** Version of the channel that the calls are made under. */
  readonly channelVersion: number;
  readonly rows: readonly PendingMessage[];
  /** Attempt by seq, for the rows that passed. */
  readonly attempts: ReadonlyMap<number, number>;
  readonly grant: Grant & { kind: 'granted' };
  readonly render: (row: PendingMessage) => MessageContent;
  /** performance.now() when the barrier's commit was known. */
  readonly passedMs: number;
  /** performance.now() from which nothing may begin, where its hours end. */
  readonly closesByMs?: number | null;
}

/** A group on its way: `begun` when no call is left to begin, `settlements` when every answer is in. */
export interface GroupOnItsWay {
  readonly begun: Promise<void>;
  readonly settlements: Promise<Settlement[]>;
  /** To be called when the settlements are written: the notes of the calls are not needed any more. */
  written(): void;
}

@Injectable()
export class GroupSender {
  constructor(
    private readonly flags: PauseFlags,
    private readonly effects: OutcomeEffects,
    private readonly refusals: RefusalRuns,
    private readonly journal: StartJournal,
    private readonly config: Config,
  ) {}

  /** Begins each call at its instant, and not before one of the line's call slots is free. */
  send(group: Group, line: ChannelLine): GroupOnItsWay {
    const settlements: Promise<Settlement>[] = [];
    const notes: Noted[] = [];
    const begun = this.beginAll(group, line, settlements, notes);
    return {
      begun,
      settlements: begun.then(() => Promise.all(settlements)),
      written: () => notes.forEach((settled) => settled()),
    };
  }

  private async beginAll(
    group: Group,
    line: ChannelLine,
    settlements: Promise<Settlement>[],
    notes: Noted[],
  ): Promise<void> {
    const { instantsMs } = group.grant;
    let slot = 0;
    for (const row of group.rows) {
      const attempt = group.attempts.get(row.seq);
      if (attempt === undefined) continue;
      const instantMs = instantsMs?.[slot];
      slot += 1;
      if (instantMs !== undefined) await untilMs(instantMs);
      const wait = line.slots.take();
      if (wait !== null) await wait;
      else if (slot % CALLS_AT_A_STRETCH === 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.mayBegin(group, line, instantMs)) {
        notes.push(this.journal.note(group.dispatch.id, row.seq, attempt));
        settlements.push(group.grant.places.freeAfter(this.call(group, line, row, attempt), slot - 1));
      } else {
        line.slots.giveBack();
        group.grant.places.free(slot - 1);
        settlements.push(Promise.resolve(handedBack(row.seq, attempt)));
      }
    }
    group.grant.places.freeFrom(slot);
    if (group.grant.isProbe && notes.length === 0) line.probeNotMade();
  }

  private mayBegin(group: Group, line: ChannelLine, instantMs: number | undefined): boolean {
    if (this.flags.isClosed(group.dispatch.id, line.channelId)) return false;
    const nowMs = performance.now();
    if (nowMs - group.passedMs > MOST_MS_TO_BEGIN || nowMs > group.grant.places.beginByMs) return false;
    if (nowMs >= (group.closesByMs ?? Infinity) || line.isRefusedAt(nowMs)) return false;
    return instantMs === undefined || nowMs - instantMs <= group.grant.toleranceMs;
  }

  private async call(
    group: Group,
    line: ChannelLine,
    row: PendingMessage,
    attempt: number,
  ): Promise<Settlement> {
    const { dispatch } = group;
    line.slots.began(performance.now());
    let outcome: SendOutcome;
    try {
      outcome = await line.send(
        {
          recipient: row.recipient,
          content: group.render(row),
          correlationId: `${dispatch.id}:${row.seq}:${attempt}`,
        },
        this.config.engine.sendTimeoutMs,
        group.grant.isProbe,
      );
    } catch (error) {
      // A driver that throws has a bug; whether a byte left is not known, and that is what is written.
      outcome = {
        kind: 'unknown',
        code: 'driver_error',
        reason: `The driver failed: ${error instanceof Error ? error.name : 'error'}.`,
        speaksOfHealth: false,
      };
    } finally {
      line.slots.giveBack();
    }
    if (outcome.kind === 'accepted') {
      this.refusals.accepted(dispatch.id, line.channelId);
    } else {
      if (outcome.kind === 'blocked') line.refused();
      await this.effects.of(outcome, {
        channelId: line.channelId,
        channelVersion: group.channelVersion,
        workspaceId: dispatch.workspaceId,
        recipient: row.recipient,
      });
    }
    if (outcome.kind === 'rejected') await this.refusals.refused(dispatch, line.channelId, outcome);
    return settlementOf(outcome, { seq: row.seq, attempt, tries: row.tries }, dispatch.policy, Math.random());
  }
}

/** Proved never begun: pending again, with no try spent and nothing to tell. */
function handedBack(seq: number, attempt: number): Settlement {
  return { seq, attempt, state: 'pending', triesSpent: 0, againInMs: null, providerId: null, trail: null };
}

/** Timers have whole milliseconds and fire late, never early: sleeping to the millisecond before costs less lateness. */
async function untilMs(instantMs: number): Promise<void> {
  for (;;) {
    const leftMs = instantMs - performance.now();
    if (leftMs <= 0) return;
    await new Promise<void>((resolve) => setTimeout(resolve, Math.max(1, Math.floor(leftMs))));
  }
}
