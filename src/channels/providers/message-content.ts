/** Meta's component shapes (components[].parameters[] with texts that may hold variables). */
export interface TemplateComponent {
  readonly type: string;
  readonly [member: string]: unknown;
}

export type MediaType = 'image' | 'document' | 'video' | 'audio';

/** What is sent, with `{{variables}}` before rendering and plain texts after. */
export type MessageContent =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'template';
      readonly name: string;
      readonly language: string;
      readonly components?: readonly TemplateComponent[];
    }
  | { readonly type: MediaType; readonly url: string; readonly caption?: string; readonly fileName?: string };
