import type { ProviderTemplate } from './providers/provider-answers.js';

/** A template as the channel's provider has it, or had it when it was last heard of. */
export interface ChannelTemplate extends ProviderTemplate {
  readonly channelId: string;
  /** When a list of the provider held it last. */
  readonly syncedAt: Date;
  /** When anything of it was heard last, by list or webhook. */
  readonly notedAt: Date;
}

/** What can be said of a template on a channel before something is sent with it. */
export type TemplateState =
  /** Its provider lists no templates, or was never asked: nothing is known, nothing is refused. */
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'absent'; readonly syncedAt: Date; readonly languages: readonly string[] }
  | { readonly kind: 'usable'; readonly category: string }
  | {
      readonly kind: 'unusable';
      readonly status: string;
      readonly reason: string | null;
      readonly notedAt: Date;
    };

/**
 * FLAGGED may be disabled soon and REINSTATED is approved again; everything else, words that we do not know included,
 * is not approved.
 */
const USABLE: ReadonlySet<string> = new Set(['APPROVED', 'FLAGGED', 'REINSTATED']);
export const USABLE_STATUSES: readonly string[] = [...USABLE];

export function isUsable(status: string): boolean {
  return USABLE.has(status);
}

/** What is said of each status, for who wants to send with it. */
const ADVICE: Readonly<Record<string, string>> = {
  PENDING: 'its provider is reviewing it; wait for the approval, which takes minutes to a day.',
  RECEIVED: 'its provider is reviewing it; wait for the approval, which takes minutes to a day.',
  IN_APPEAL: 'its rejection is being appealed; wait for the decision.',
  REJECTED: 'its provider rejected it; change it there and submit it again, or use another one.',
  PAUSED: 'its provider paused it for low quality, for some hours at first; wait, or use another one.',
  DISABLED: 'its provider disabled it for low quality, for good; use another one.',
  LIMIT_EXCEEDED: 'the account has as many templates as it may; delete some there.',
  PENDING_DELETION: 'it is being deleted at its provider; use another one.',
  DELETED: 'it was deleted at its provider; use another one.',
  UNSUBMITTED: 'it was never submitted for approval; submit it at its provider.',
};

export function adviceOn(status: string): string {
  return ADVICE[status] ?? 'its provider does not have it as approved.';
}
