import type { MessageContent } from '../../src/channels/providers/message-content.js';
import type { ContractFacts, ScriptedAnswer } from './contract-rig.js';

/** An error as Graph writes it. */
export function graphError(status: number, code: number, headers?: Record<string, string>): ScriptedAnswer {
  return { status, body: { error: { code } }, ...(headers !== undefined && { headers }) };
}

const CONTENTS: readonly MessageContent[] = [
  { type: 'text', text: 'Hola, ¿qué tal? 👋' },
  {
    type: 'template',
    name: 'hello_world',
    language: 'en_US',
    components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
  },
  { type: 'image', url: 'https://cdn.example.com/a.jpg', caption: 'Mira' },
  { type: 'document', url: 'https://cdn.example.com/a.pdf', fileName: 'boleto.pdf' },
  { type: 'video', url: 'https://cdn.example.com/a.mp4' },
  { type: 'audio', url: 'https://cdn.example.com/a.ogg' },
  { type: 'document', mediaId: '1003383421387256', fileName: 'boleto.pdf', replyTo: 'wamid.A' },
  { type: 'template', name: 'promo', language: 'es', marketing: { productPolicy: 'STRICT' } },
  {
    type: 'interactive',
    interactive: {
      type: 'button',
      body: { text: '¿Vienes?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'si', title: 'Sí' } }] },
    },
  },
];

/** What the contract must know of a driver that speaks Graph. */
export const GRAPH_FACTS: Omit<ContractFacts, 'name'> = {
  contents: CONTENTS,
  refusals: [
    {
      title: 'a person who is not on WhatsApp',
      answer: graphError(400, 131026),
      outcome: { kind: 'rejected', failureClass: 'permanent_recipient', code: '131026' },
    },
    {
      title: 'a person who opted out of marketing',
      answer: graphError(400, 131050),
      outcome: { kind: 'rejected', failureClass: 'permanent_recipient', suppress: true },
    },
    {
      title: 'free text outside the 24 hours',
      answer: graphError(400, 131047),
      outcome: { kind: 'rejected', failureClass: 'window_closed' },
    },
    {
      title: 'too many messages of a number, with the time to wait',
      answer: graphError(429, 130429, { 'retry-after': '30' }),
      outcome: { kind: 'throttled', scope: 'number', retryAfterMs: 30_000 },
    },
    {
      title: 'too many messages to one person',
      answer: graphError(400, 131056),
      outcome: { kind: 'throttled', scope: 'pair' },
    },
    {
      title: 'an expired token',
      answer: graphError(401, 190),
      outcome: { kind: 'blocked', failureClass: 'auth_stop' },
    },
    {
      title: 'a restricted account',
      answer: graphError(400, 368),
      outcome: { kind: 'blocked', failureClass: 'account_stop' },
    },
  ],
  troubles: [graphError(500, 131000), graphError(503, 131016), graphError(400, 131000)],
  credentialSetting: 'accessToken',
};
