import { signedRequest } from '../support/signed-request.js';
import { messageIdOf, waIdOf, writtenBy } from './written.js';

/** The number that people write to. */
export interface WrittenTo {
  readonly appSecret: string;
  readonly phoneNumberId: string;
}

/** What the nth person writes, as Meta posts it. */
export function inboundRequest({ appSecret, phoneNumberId }: WrittenTo, nth: number): Buffer {
  const waId = waIdOf(nth);
  const message = {
    from: waId,
    id: messageIdOf(nth),
    timestamp: String(Math.floor(Date.now() / 1000)),
    ...writtenBy(nth).message,
  };
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '5215550783881', phone_number_id: phoneNumberId },
    contacts: [{ wa_id: waId, profile: { name: `Persona ${nth}` } }],
    messages: [message],
  };
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ value, field: 'messages' }] }],
  });
  return signedRequest(body, appSecret);
}
