import type { MessageContent } from '../../channels/providers/message-content.js';
import { contentsOf, type Said } from './variant.js';

/** One of the contents of a campaign; `variant` is null where it has one content alone. */
export interface NamedContent {
  readonly variant: string | null;
  readonly content: MessageContent;
}

export function namedContentsOf(said: Said): readonly NamedContent[] {
  return contentsOf(said).map((content, index) => ({
    variant: said.variants?.[index]?.name ?? null,
    content,
  }));
}

/** What people read of one of several: which one it is about goes first. */
export function ofVariant<W extends { readonly text: string }>(
  variant: string | null,
  warnings: readonly W[],
): readonly W[] {
  if (variant === null) return warnings;
  return warnings.map((warning) => ({ ...warning, text: `Variant "${variant}": ${warning.text}` }));
}
