import type { MessageContent } from '../../channels/providers/message-content.js';
import type { MessageCategory } from '../../ledger/suppression.js';

/** One of the messages of a bulk request, as it will be stored. */
export interface BulkMessage {
  readonly recipient: string;
  readonly content: MessageContent;
  /** By variableKey; only those that the content has. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Many messages in one request, each with a content of its own. */
export interface BulkRequest {
  readonly name: string;
  /** Null: the workspace's only channel. */
  readonly channelId: string | null;
  readonly category: MessageCategory;
  readonly messages: readonly BulkMessage[];
}

/** What is answered to a request that made a campaign and started it. */
export interface BulkStarted {
  readonly campaignId: string;
  /** All its messages, those that will not be sent among them. */
  readonly total: number;
  /** How many of them will not be sent, by the code that they carry. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly estimatedMs: number;
}

/** Without what there is none of. */
export function skippedByCode(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
