import { isCommonContent, type MessageContent } from './message-content.js';
import type { Provider } from './provider.js';
import type { SendOutcome } from './send-outcome.js';

/**
 * Why messages with this content cannot be sent by a provider, as a sentence; undefined when they can. Asked when a
 * content meets a channel, so that nobody waits for a refusal of each message.
 */
export function contentFault(
  provider: Pick<Provider, 'name' | 'contentFault'>,
  content: MessageContent,
  settings: () => Readonly<Record<string, unknown>> = () => ({}),
): string | undefined {
  if (provider.contentFault !== undefined) return provider.contentFault(content, settings);
  return commonContentFault(provider.name, content);
}

/** The answer of a provider that sends the common contents and nothing of Meta's own. */
export function commonContentFault(providerName: string, content: MessageContent): string | undefined {
  if (!isCommonContent(content)) {
    return content.type === 'interactive'
      ? `${providerName} sends no interactive messages; send a text, or choose channels of whatsapp-cloud`
      : `${providerName} takes no mediaId; give the url of the file instead`;
  }
  return content.type === 'template' && content.marketing !== undefined
    ? `${providerName} has no Marketing Messages API; leave out marketing`
    : undefined;
}

/** What a driver answers when such a content reaches it all the same: nothing was sent, and nothing will be. */
export function unsupportedContent(providerName: string, content: MessageContent): SendOutcome {
  return {
    kind: 'rejected',
    failureClass: 'permanent_message',
    code: 'unsupported_content',
    reason: `${commonContentFault(providerName, content) ?? `${providerName} cannot send this content`}.`,
  };
}
