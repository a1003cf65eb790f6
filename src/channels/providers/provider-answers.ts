import type { Readable } from 'node:stream';

/** What came of asking for a restart; whether the session is back is for `health` to tell. */
export type RestartAnswer =
  | { readonly kind: 'restarting' }
  /** No restart helps: logged out, banned, or a code must be scanned. */
  | { readonly kind: 'needs_person'; readonly code: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

/** What to show a person who must link the session. */
export interface QrCode {
  /** The text that the code encodes. */
  readonly code: string | null;
  /** The image as a data URL, where the provider draws it. */
  readonly imageDataUrl: string | null;
  /** To be typed on the phone instead, where the provider gives one. */
  readonly pairingCode: string | null;
}

export interface ProviderTemplate {
  readonly name: string;
  readonly language: string;
  /** MARKETING, UTILITY, AUTHENTICATION, or the provider's own word, in upper case. */
  readonly category: string;
  /** APPROVED, PENDING, REJECTED, PAUSED, DISABLED, or the provider's own word, in upper case. */
  readonly status: string;
  readonly quality: string | null;
  readonly rejectedReason: string | null;
  readonly parameterFormat: 'POSITIONAL' | 'NAMED' | null;
  readonly components: readonly unknown[];
  /** The provider's id of it (Twilio: ContentSid). */
  readonly providerRef: string | null;
}

export type TemplatePage =
  | { readonly kind: 'page'; readonly templates: readonly ProviderTemplate[]; readonly next: string | null }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

export type NumberStanding =
  | {
      readonly kind: 'standing';
      readonly quality: 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN';
      /** Unique people outside open windows in a moving 24 h; null for no limit, undefined when not said. */
      readonly recipientsPerDay?: number | null;
      /** Messages a second that the provider takes; undefined when not said. */
      readonly throughputPerSecond?: number;
      readonly displayName?: string;
      readonly displayPhone?: string;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

export type MediaDownload =
  | {
      readonly kind: 'media';
      readonly body: Readable;
      readonly mimeType: string | null;
      readonly bytes: number | null;
    }
  | { readonly kind: 'too_large'; readonly bytes: number | null }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };

/** A file on its way to the provider. */
export interface MediaUpload {
  readonly file: Readable;
  /** Known beforehand, so that a provider is told before the first byte. */
  readonly bytes: number;
  readonly mimeType: string;
  readonly fileName: string;
}

export type MediaUploadAnswer =
  | { readonly kind: 'uploaded'; readonly mediaId: string; readonly expiresAt: Date }
  /** The provider said what is wrong with the file, or with us. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  /** Nobody can tell; the file may be uploaded again, at the cost of a second copy there. */
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string };
