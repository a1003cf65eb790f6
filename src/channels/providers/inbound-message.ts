import type { MediaType } from './message-content.js';

/** A file in a message; fetched on demand by the client's `openMedia`, given `ref` as it stands here. */
export interface InboundMedia {
  readonly type: MediaType | 'sticker';
  /** The provider's id or address of the file. */
  readonly ref: string;
  readonly mimeType: string | null;
  readonly fileName: string | null;
}

/** What a message said, whatever the provider. `unknown` keeps the provider's element as it came. */
export type InboundBody =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'media'; readonly media: InboundMedia; readonly caption: string | null }
  | {
      readonly type: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name: string | null;
      readonly address: string | null;
    }
  | { readonly type: 'contacts'; readonly contacts: readonly { name: string; phones: readonly string[] }[] }
  /** `emoji` null: the reaction was taken back. */
  | { readonly type: 'reaction'; readonly emoji: string | null; readonly toProviderId: string }
  /** A button, a list row or a flow was answered; `payload` is what the sender put behind it. */
  | {
      readonly type: 'reply';
      readonly source: 'button' | 'list' | 'flow';
      readonly text: string;
      readonly payload: string | null;
    }
  | { readonly type: 'unknown'; readonly what: string; readonly raw: unknown };

/** The advertisement or post that a person came from with their first message. */
export interface InboundReferral {
  /** "ad" or "post". */
  readonly sourceType: string | null;
  readonly sourceId: string | null;
  readonly sourceUrl: string | null;
  readonly headline: string | null;
  /** Meta's id of the click, to report conversions with. */
  readonly clickId: string | null;
}

export interface InboundMessage {
  /** Unique in its channel. */
  readonly providerId: string;
  /** Canonical E.164 with "+" of the sender, or null where the provider hides the number. */
  readonly phone: string | null;
  /** The provider's own id of the person (business-scoped id, `@lid`); null where there is none. */
  readonly userId: string | null;
  /** The provider's alias of the phone as it came (wa_id), where it differs from the canonical one. */
  readonly alias: string | null;
  readonly profileName: string | null;
  readonly at: Date;
  readonly body: InboundBody;
  /** The provider's id of the message that this one answers. */
  readonly replyTo: string | null;
  /** A group's message, a broadcast or an echo of our own is `ignored` by the parser and never gets here. */
  readonly isForwarded: boolean;
  readonly referral?: InboundReferral;
}
