import type { DispatchPolicy } from './dispatch.js';
import type { MessageCategory } from './suppression.js';

/** Streams have even ids, all other dispatches odd ones (docs/adr/0018). */
export function isStreamId(dispatchId: string): boolean {
  return Number(dispatchId.at(-1)) % 2 === 0;
}

/** What single messages must have in common to be numbered in one dispatch. */
export interface StreamKey {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly category: MessageCategory;
  readonly policy: DispatchPolicy;
}

/** A single message, before it has a number. */
export interface StreamRow {
  /** Canonical. */
  readonly recipient: string;
  /** MessageContent of channels. */
  readonly content: unknown;
}

/** Where rows that were appended together stand: the first has the number `firstSeq`, the others follow. */
export interface StreamAppended {
  readonly dispatchId: string;
  readonly firstSeq: number;
  readonly skipped: number;
}

/** One message of one dispatch. */
export interface MessagePosition {
  /** A bigint of Postgres, so a text here. */
  readonly dispatchId: string;
  readonly seq: number;
}
