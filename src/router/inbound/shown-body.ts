import type { InboundBody } from '../../channels/providers/inbound-message.js';

/** A body as others may see it: a file without the provider's reference, which may open it to whoever holds it. */
export function maskedBody(body: InboundBody): Record<string, unknown> {
  if (body.type !== 'media') return { ...body };
  const { ref: _ref, ...media } = body.media;
  return { ...body, media };
}
