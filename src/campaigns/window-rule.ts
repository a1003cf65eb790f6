import type { ListedChannel } from '../channels/channel-directory.js';
import type { MessageContent } from '../channels/providers/message-content.js';

/** Those over which a content reaches only people who wrote to them within 24 hours; null: each message has its own. */
export function windowedChannels(
  content: MessageContent | null,
  channels: readonly ListedChannel[],
): readonly string[] {
  if (content?.type === 'template') return [];
  return channels.filter(({ capabilities }) => capabilities.hasServiceWindow).map(({ id }) => id);
}

/** The same, and none where one of the channels has no such rule: then nobody is kept from being written to. */
export function closingChannels(
  content: MessageContent | null,
  channels: readonly ListedChannel[],
): readonly string[] {
  const windowed = windowedChannels(content, channels);
  return windowed.length === channels.length ? windowed : [];
}

/** For who starts it: how many will be skipped, why, and what would reach them; nothing where there are none. */
export function windowWarning(windowClosed: number): string[] {
  if (windowClosed === 0) return [];
  return [
    `${windowClosed === 1 ? '1 person is' : `${windowClosed} people are`} skipped (window_closed), having written to ` +
      'none of its channels within 24 hours: only a template reaches them (content with type "template").',
  ];
}
