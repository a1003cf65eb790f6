import type { InboundBody } from '../../channels/providers/inbound-message.js';
import type { MessageContent } from '../../channels/providers/message-content.js';
import type { MessageState } from '../../ledger/message-state.js';

/** After somebody wrote, free text may be sent for this long where the provider has the rule. */
export const WINDOW_MS = 24 * 60 * 60_000;

export interface Conversation {
  readonly id: string;
  readonly channelId: string;
  readonly contactId: string;
  /** Canonical number, or the provider's id of a person who hides it. */
  readonly phone: string;
  readonly name: string | null;
  readonly unread: number;
  readonly lastText: string;
  readonly lastMessageAt: Date;
  readonly lastInboundAt: Date;
  readonly optedOut: boolean;
}

/** One message of a thread, in either direction. */
export type ThreadMessage =
  | {
      readonly direction: 'in';
      readonly id: string;
      readonly at: Date;
      readonly type: string;
      readonly text: string;
      readonly body: InboundBody;
      readonly replyTo: string | null;
    }
  | {
      readonly direction: 'out';
      /** `<dispatch>-<number>`: the campaign's message that the recipients list shows under this number. */
      readonly id: string;
      readonly at: Date;
      readonly content: MessageContent;
      readonly state: MessageState;
      readonly campaignId: string | null;
    };

/** Where a page of a thread ended: newest first, by time, direction and id. */
export interface ThreadPlace {
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  readonly id: string;
}
