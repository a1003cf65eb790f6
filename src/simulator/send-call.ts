import { instantMs } from './instant.js';
import type { JsonObject, MessageType } from './message-check.js';
import { isUserId, MAX_CALLBACK_LENGTH, MAX_TO_LENGTH } from './message-check.js';
import type { SendingNumber } from './sending-number.js';

/** The two ways by which a message is given to the service. */
export type SendEdge = 'messages' | 'marketing_messages';

/** One send call, read once: what the ledger keeps of it and what decides its answer. */
export interface SendCall {
  number: SendingNumber;
  edge: SendEdge;
  arrivedMs: number;
  raw: Buffer;
  /** Undefined when it was no JSON object. */
  body: JsonObject | undefined;
  to: string;
  callbackData: string;
  type: MessageType;
}

export function sendCall(
  number: SendingNumber,
  edge: SendEdge,
  raw: Buffer,
  body: JsonObject | undefined,
): SendCall {
  // Meta's own id of a person whose number it hides; `to` wins.
  const to = body?.['to'] ?? body?.['recipient'];
  const callbackData = body?.['biz_opaque_callback_data'];
  return {
    number,
    edge,
    arrivedMs: instantMs(),
    raw,
    body,
    to: typeof to === 'string' ? to.slice(0, MAX_TO_LENGTH) : '',
    callbackData: typeof callbackData === 'string' ? callbackData.slice(0, MAX_CALLBACK_LENGTH) : '',
    type: (body?.['type'] ?? 'text') as MessageType,
  };
}

/** Callback data is `<dispatch>:<seq>:<attempt>`: the message is all before the attempt. */
export function messageKeyEnd(callbackData: string): number {
  const colon = callbackData.lastIndexOf(':');
  return colon === -1 ? callbackData.length : colon;
}

export function parsedObject(raw: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

export function isReadReceipt(body: JsonObject | undefined): boolean {
  return body?.['status'] === 'read' && typeof body['message_id'] === 'string';
}

/** The 200 of the Cloud API. Put together by hand: of what it holds, only `to` can need escaping. */
export function acceptedBody(call: SendCall, waId: string, id: string): string {
  const status = call.type === 'template' ? ',"message_status":"accepted"' : '';
  const known = isUserId(call.to) ? `"user_id":"${call.to}"` : `"wa_id":"${waId}"`;
  return (
    `{"messaging_product":"whatsapp","contacts":[{"input":${JSON.stringify(call.to)},${known}}],` +
    `"messages":[{"id":"${id}"${status}}]}`
  );
}
