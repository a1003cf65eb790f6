import type { FrequencyCap } from './frequency-cap.js';
import type { CountedState } from './message-state.js';
import type { MessageCategory } from './suppression.js';

export type DispatchKind = 'run' | 'resend' | 'bulk' | 'stream';

/** How a dispatch tries again; part of the dispatch, so that a change of settings does not change a running one. */
export interface DispatchPolicy {
  readonly maxTries: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** Waits `retryBaseMs` before each further try, neither longer with each nor drawn. */
  readonly isSteady?: boolean;
  /** Its outcomes are counted, and its gate closes by itself when too many of them failed (FailureWatches). */
  readonly isWatched?: boolean;
  /** Of a marketing dispatch: whom its messages and all others came to so often already, it leaves out. */
  readonly frequencyCap?: FrequencyCap;
}

/** What the engine needs to know of a dispatch to send it; never changes after the dispatch was made. */
export interface Dispatch {
  readonly id: string;
  readonly workspaceId: string;
  readonly kind: DispatchKind;
  readonly campaignId: string | null;
  readonly category: MessageCategory;
  /** MessageContent of channels, or a list of them, one for each variant; null for a stream, whose rows have their own. */
  readonly content: unknown;
  readonly policy: DispatchPolicy;
}

export interface NewDispatch extends Omit<Dispatch, 'id'> {
  /** Who opened it, for the gate's record. */
  readonly createdBy: string;
}

/** Where every recipient of a dispatch is; adds up to `total` at any moment. */
export type DispatchProgress = Readonly<Record<CountedState | 'pending' | 'inflight' | 'total', number>>;

/** A leased batch: the right of one worker to move its messages, as long as the fence holds. */
export interface LeasedBatch {
  readonly dispatchId: string;
  readonly batchNo: number;
  readonly workspaceId: string;
  readonly channelId: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly fence: number;
  /** performance.now() from which nothing of it may begin; null or missing: at any time. Never later than its closing. */
  readonly closesByMs?: number | null;
}

/** A message that may be sent now. */
export interface PendingMessage {
  readonly seq: number;
  readonly recipient: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly content: unknown;
  readonly tries: number;
  /** Which content of its dispatch; only of one with variants. */
  readonly variant?: number | null;
}

/** Its rows say which of its contents they are of. */
export function hasVariants({ content }: Pick<Dispatch, 'content'>): boolean {
  return Array.isArray(content);
}

/** Slots of counters and usage; more slots, less waiting for one row, more rows to add up. */
export const COUNTER_SLOTS = 16;
