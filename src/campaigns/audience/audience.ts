import type { Selection } from './audience-condition.js';

/** Whom a campaign is for. Resolved when it starts, so that a draft may wait while contacts come and go. */
export type Audience =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'tags';
      /** Has all of these, at least one of those, and none of the last; an empty list asks for nothing. */
      readonly tags: readonly string[];
      readonly anyTags: readonly string[];
      readonly notTags: readonly string[];
    }
  /** More than tags. */
  | {
      readonly kind: 'conditions';
      readonly selection: Selection;
      /** What this saved audience asks for is asked as well. */
      readonly savedAudienceId: string | null;
      /** Since the campaign was started: what was asked for then. */
      readonly resolved?: ResolvedSelections;
    }
  | { readonly kind: 'contacts'; readonly ids: readonly string[] }
  /** Uploaded with the campaign; the rows are in campaign_recipients. */
  | {
      readonly kind: 'file';
      readonly fileName: string;
      readonly rows: number;
      readonly rejected: number;
      readonly columns: readonly FileColumn[];
    }
  /** Contacts whose attribute `event_id` is this. */
  | { readonly kind: 'event'; readonly eventId: string }
  /** The messages of one bulk request, each with a content of its own; they are in the ledger from the first. */
  | { readonly kind: 'bulk'; readonly messages: number };

/** As it was asked for: whoever takes a plan over starts with what it means then. */
export function asPlanned(audience: Audience): Audience {
  if (audience.kind !== 'conditions') return audience;
  const { kind, selection, savedAudienceId } = audience;
  return { kind, selection, savedAudienceId };
}

/** A column of an uploaded file, found by its key from a `{{variable}}`. */
export interface FileColumn {
  readonly key: string;
  /** As in the header. */
  readonly name: string;
  /** Where the cells were put: two columns have a place of their own. */
  readonly field: 'phone' | 'name' | 'variable';
}

/** The trail of a campaign that was started; saved audiences change afterwards. */
export interface ResolvedSelections {
  /** The moment that days are counted from, and the day that it was in the workspace's zone. */
  readonly at: string;
  readonly today: string;
  readonly savedAudienceName: string | null;
  /** All of them hold. */
  readonly selections: readonly Selection[];
}
