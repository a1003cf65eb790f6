import type { ChannelChoice } from '../channels/channel-choice.js';
import type { MessageContent } from '../channels/providers/message-content.js';
import { parseContent } from '../channels/parse-content.js';
import { variablesOf } from '../channels/render-content.js';
import { DomainError } from '../common/domain-error.js';
import type { MessageCategory } from '../ledger/suppression.js';
import type { PostMessageDto } from './message.dto.js';
import { ValuelessVariablesError } from './message.errors.js';

/** A single message that somebody asks for. */
export interface MessageRequest {
  readonly phone: string;
  readonly content: MessageContent;
  readonly category: MessageCategory;
  readonly channel: ChannelChoice;
}

/** One to a person whom Caudal knows. */
export interface AddressedMessage {
  /** Canonical. */
  readonly recipient: string;
  readonly channelId: string;
  readonly content: MessageContent;
  readonly category: MessageCategory;
}

/** Optional fields may come as null. */
export function messageRequestOf(dto: PostMessageDto): MessageRequest {
  const channel = { channelId: dto.channelId ?? null, instanceName: dto.instance_name ?? null };
  if (channel.channelId !== null && channel.instanceName !== null) {
    throw invalid('instance_name', 'instance_name and channelId exclude each other: both name the channel');
  }
  const content = contentOf(dto.message ?? null, dto.content ?? null);
  const valueless = variablesOf(content).filter((variable) => variable.fallback === null);
  if (valueless.length > 0) throw new ValuelessVariablesError(valueless.map((variable) => variable.name));
  return { phone: dto.phone, content, category: dto.category ?? 'marketing', channel };
}

export function contentOf(message: string | null, content: Record<string, unknown> | null): MessageContent {
  if (message !== null && content !== null) {
    throw invalid(
      'message',
      'message and content exclude each other: message is a text, content anything else',
    );
  }
  if (message !== null) return parseContent({ type: 'text', text: message });
  if (content === null) throw invalid('message', 'say what to send: message (a text) or content');
  return parseContent(content);
}

function invalid(field: string, detail: string): DomainError {
  return new DomainError('invalid', 'validation_failed', detail, {
    errors: [{ pointer: `/${field}`, detail }],
  });
}
