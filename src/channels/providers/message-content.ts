/** Meta's component shapes (components[].parameters[] with texts that may hold variables). */
export interface TemplateComponent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** How a template goes over Meta's Marketing Messages API instead of the usual way. */
export interface MarketingRoute {
  /** STRICT: by that API or not at all. Else Meta may fall back to the usual way. */
  readonly productPolicy?: 'CLOUD_API_FALLBACK' | 'STRICT';
  readonly activitySharing?: boolean;
}

export type MediaType = 'image' | 'document' | 'video' | 'audio';

export interface TextContent {
  readonly type: 'text';
  readonly text: string;
  /** The provider's id of the message that is answered. Providers that cannot quote one send without it. */
  readonly replyTo?: string;
}

export interface TemplateContent {
  readonly type: 'template';
  readonly name: string;
  readonly language: string;
  readonly components?: readonly TemplateComponent[];
  /** whatsapp-cloud only. */
  readonly marketing?: MarketingRoute;
}

/** A file at an address, which the provider fetches. */
export interface LinkedMediaContent {
  readonly type: MediaType;
  readonly url: string;
  readonly mediaId?: undefined;
  readonly caption?: string;
  readonly fileName?: string;
  readonly replyTo?: string;
}

/** A file that the provider was given before, by the id that it gave then. */
export interface UploadedMediaContent {
  readonly type: MediaType;
  readonly mediaId: string;
  readonly url?: undefined;
  readonly caption?: string;
  readonly fileName?: string;
  readonly replyTo?: string;
}

/** Buttons, a list or a link, in Meta's own shape; only for people whose 24 hours are open. */
export interface InteractiveContent {
  readonly type: 'interactive';
  readonly interactive: { readonly type: string; readonly [member: string]: unknown };
  readonly replyTo?: string;
}

/** What every provider can be asked to send; see Provider.contentFault for the rest. */
export type CommonContent = TextContent | TemplateContent | LinkedMediaContent;

/** What is sent, with `{{variables}}` before rendering and plain texts after. */
export type MessageContent = CommonContent | UploadedMediaContent | InteractiveContent;

/** For drivers that know the common contents only: the others end as `unsupportedContent`. */
export function isCommonContent(content: MessageContent): content is CommonContent {
  if (content.type === 'interactive') return false;
  return content.type === 'text' || content.type === 'template' || content.mediaId === undefined;
}
