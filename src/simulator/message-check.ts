import type { GraphError } from './graph-error.js';
import { parameterError, whatsappError } from './graph-error.js';
import { checkMedia } from './media-check.js';
import { checkTemplate } from './template-check.js';
import { digitsOf } from './wa-id.js';

/** In the order of the ledger's column; append only. */
export const MESSAGE_TYPES = [
  'text',
  'template',
  'image',
  'document',
  'video',
  'audio',
  'sticker',
  'interactive',
  'location',
  'contacts',
  'reaction',
] as const;

export type MessageType = (typeof MESSAGE_TYPES)[number];

const MAX_TEXT_LENGTH = 4096;
/** Longer than any way of writing 15 digits. */
export const MAX_TO_LENGTH = 40;
export const MAX_CALLBACK_LENGTH = 512;
const MEDIA_TYPES: ReadonlySet<string> = new Set(['image', 'document', 'video', 'audio', 'sticker']);
const KNOWN_TYPES: ReadonlySet<string> = new Set(MESSAGE_TYPES);

export type JsonObject = Record<string, unknown>;

/** Undefined when the Cloud API would accept the body; else its refusal. */
export function checkMessage(body: JsonObject, senderDigits: string): GraphError | undefined {
  if (body['messaging_product'] === undefined)
    return parameterError('The parameter messaging_product is required.');
  if (body['messaging_product'] !== 'whatsapp') {
    return parameterError(
      `Param messaging_product must be one of {WHATSAPP} - got "${shown(body['messaging_product'])}".`,
    );
  }
  return checkRecipient(body, senderDigits) ?? checkCallbackData(body) ?? checkContent(body);
}

function checkRecipient(body: JsonObject, senderDigits: string): GraphError | undefined {
  const { to, recipient, recipient_type: recipientType } = body;
  if (to === undefined && typeof recipient === 'string' && isUserId(recipient)) return undefined;
  if (to === undefined || to === '') return parameterError('The parameter to is required.');
  if (typeof to !== 'string') return parameterError(`Param to must be a string - got "${shown(to)}".`);
  if (recipientType !== undefined && recipientType !== 'individual') {
    return whatsappError(131009, `recipient_type must be individual, got "${shown(recipientType)}"`);
  }
  const digits = digitsOf(to);
  if (digits.length < 6 || digits.length > 15 || to.length > MAX_TO_LENGTH || !/^\+?[\d\s().-]+$/.test(to)) {
    return whatsappError(131009, `'to' is not a phone number: "${to.slice(0, 40)}"`);
  }
  if (digits === senderDigits) return whatsappError(131021, 'Recipient cannot be sender');
  return undefined;
}

/** `<country>.<up to 128 letters and digits>`; of those that come here none is longer than a number may be. */
export function isUserId(recipient: string): boolean {
  return /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]+$/.test(recipient) && recipient.length <= MAX_TO_LENGTH;
}

/** What the Marketing Messages API asks for beside a right message. */
export function checkMarketing(body: JsonObject): GraphError | undefined {
  if (body['type'] !== 'template') return whatsappError(134100, 'Only marketing messages are supported');
  const policy = body['product_policy'];
  if (policy === undefined || policy === 'CLOUD_API_FALLBACK' || policy === 'STRICT') return undefined;
  return parameterError(
    `Param product_policy must be one of {CLOUD_API_FALLBACK, STRICT} - got "${shown(policy)}".`,
  );
}

function checkCallbackData(body: JsonObject): GraphError | undefined {
  const data = body['biz_opaque_callback_data'];
  if (data === undefined || (typeof data === 'string' && data.length <= MAX_CALLBACK_LENGTH))
    return undefined;
  return parameterError(
    `Param biz_opaque_callback_data must be a string of at most ${MAX_CALLBACK_LENGTH} characters.`,
  );
}

function checkContent(body: JsonObject): GraphError | undefined {
  const type = body['type'] ?? 'text';
  if (typeof type !== 'string' || !KNOWN_TYPES.has(type)) {
    const known = MESSAGE_TYPES.map((name) => name.toUpperCase()).join(', ');
    return parameterError(`Param type must be one of {${known}} - got "${shown(type)}".`);
  }
  const content = body[type];
  if (typeof content !== 'object' || content === null) {
    return whatsappError(131008, `Parameter '${type}' is mandatory for type '${type}'`);
  }
  if (type === 'text') return checkText(content as JsonObject);
  if (type === 'template') return checkTemplate(content as JsonObject);
  if (MEDIA_TYPES.has(type)) return checkMedia(type, content as JsonObject);
  if (type === 'interactive') return checkInteractive(content as JsonObject);
  return undefined;
}

function checkInteractive({ type, action }: JsonObject): GraphError | undefined {
  if (typeof type !== 'string') return whatsappError(131008, "Parameter 'interactive.type' is mandatory");
  if (typeof action === 'object' && action !== null) return undefined;
  return whatsappError(131008, "Parameter 'interactive.action' is mandatory");
}

function checkText(text: JsonObject): GraphError | undefined {
  const body = text['body'];
  if (body === undefined || body === '')
    return whatsappError(131008, "Parameter 'body' is mandatory for type 'text'");
  if (typeof body !== 'string')
    return parameterError(`Param text['body'] must be a string - got "${shown(body)}".`);
  if (body.length > MAX_TEXT_LENGTH) {
    return parameterError(`Param text['body'] must be at most ${MAX_TEXT_LENGTH} characters long.`);
  }
  return undefined;
}

function shown(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')).slice(0, 80);
}
