import type { MessageContent } from '../../channels/providers/message-content.js';

/** What a message must say. Keywords know no case, accents or punctuation; a regex is RE2, without regard to case. */
export type RuleMatch =
  | { readonly type: 'any' }
  | { readonly type: 'keyword'; readonly words: readonly string[]; readonly where: 'whole' | 'anywhere' }
  | { readonly type: 'regex'; readonly pattern: string };

export type RuleAction =
  | { readonly type: 'reply'; readonly content: MessageContent }
  | { readonly type: 'tag'; readonly add: readonly string[]; readonly remove: readonly string[] }
  /** Null takes the attribute away. */
  | { readonly type: 'attribute'; readonly name: string; readonly value: string | number | boolean | null }
  | { readonly type: 'opt_out' }
  /** Tells subscribers of `message.forwarded`. */
  | { readonly type: 'forward' };

/** What a person says of a rule. */
export interface RuleWish {
  readonly name: string;
  /** Lower ones first. */
  readonly position: number;
  readonly enabled: boolean;
  /** Null: all channels of the workspace. */
  readonly channelIds: readonly string[] | null;
  readonly match: RuleMatch;
  readonly actions: readonly RuleAction[];
  /** Whether the rules behind it are left out when it matches. */
  readonly stop: boolean;
}

export interface Rule extends RuleWish {
  readonly id: string;
  readonly workspaceId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
