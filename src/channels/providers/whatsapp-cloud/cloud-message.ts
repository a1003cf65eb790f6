import { assertNever } from '../../../common/assert-never.js';
import type {
  LinkedMediaContent,
  MarketingRoute,
  MessageContent,
  UploadedMediaContent,
} from '../message-content.js';
import type { OutboundMessage } from '../provider.js';

/**
 * The body of POST /{phone number id}/messages. `to` keeps its "+": without it Meta prepends the sender's country. A
 * recipient without one is Meta's own id of a person whose number it does not tell, and stands in `recipient`.
 */
export function cloudMessage({ recipient, content, correlationId }: OutboundMessage): string {
  const isPhone = recipient.startsWith('+');
  // JSON.stringify leaves out what is undefined.
  const body: Record<string, unknown> = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: isPhone ? recipient : undefined,
    recipient: isPhone ? undefined : recipient,
    type: content.type,
    [content.type]: payloadOf(content),
    biz_opaque_callback_data: correlationId,
  };
  const marketing = marketingOf(content);
  if (marketing !== undefined) {
    body['product_policy'] = marketing.productPolicy;
    body['message_activity_sharing'] = marketing.activitySharing;
  } else if (content.type !== 'template' && content.replyTo !== undefined) {
    body['context'] = { message_id: content.replyTo };
  }
  return JSON.stringify(body);
}

/** Present for what goes to /marketing_messages. */
export function marketingOf(content: MessageContent): MarketingRoute | undefined {
  return content.type === 'template' ? content.marketing : undefined;
}

function payloadOf(content: MessageContent): unknown {
  switch (content.type) {
    case 'text':
      return { body: content.text };
    case 'template':
      return {
        name: content.name,
        language: { code: content.language },
        components: content.components,
      };
    case 'image':
    case 'document':
    case 'video':
    case 'audio':
      return mediaOf(content);
    case 'interactive':
      return content.interactive;
    default:
      return assertNever(content);
  }
}

/** WhatsApp refuses a caption on audio, and a file name on anything but a document. */
function mediaOf({
  type,
  url,
  mediaId,
  caption,
  fileName,
}: LinkedMediaContent | UploadedMediaContent): unknown {
  return {
    link: url,
    id: mediaId,
    caption: type === 'audio' ? undefined : caption,
    filename: type === 'document' ? fileName : undefined,
  };
}
