import { assertNever } from '../../../common/assert-never.js';
import type { MessageContent, MediaType } from '../message-content.js';
import type { OutboundMessage } from '../provider.js';

/** The body of POST /{phone number id}/messages. `to` keeps its "+": without it Meta prepends the sender's country. */
export function cloudMessage({ recipient, content, correlationId }: OutboundMessage): string {
  const body: Record<string, unknown> = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: recipient,
    type: content.type,
    [content.type]: payloadOf(content),
    biz_opaque_callback_data: correlationId,
  };
  return JSON.stringify(body);
}

function payloadOf(content: MessageContent): unknown {
  switch (content.type) {
    case 'text':
      return { body: content.text };
    case 'template':
      return {
        name: content.name,
        language: { code: content.language },
        // JSON.stringify leaves out what is undefined.
        components: content.components,
      };
    case 'image':
    case 'document':
    case 'video':
    case 'audio':
      return mediaOf(content.type, content.url, content.caption, content.fileName);
    default:
      return assertNever(content);
  }
}

/** WhatsApp refuses a caption on audio, and a file name on anything but a document. */
function mediaOf(type: MediaType, link: string, caption?: string, filename?: string): unknown {
  return {
    link,
    caption: type === 'audio' ? undefined : caption,
    filename: type === 'document' ? filename : undefined,
  };
}
