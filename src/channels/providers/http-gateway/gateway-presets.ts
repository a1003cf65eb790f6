import type { GatewayMapping, MappingWish, SendMapping } from './gateway-mapping.js';

/** What services of this kind have in common, so that a mapping has to say little. */
export const COMMON: Required<Pick<GatewayMapping, 'answer' | 'status' | 'restart' | 'qr' | 'webhook'>> = {
  answer: {
    statuses: [],
    ok: [
      { path: 'success', values: [true, 'true'] },
      { path: 'ok', values: [true, 'true'] },
      { path: 'status', values: [true, 200, 'success', 'ok', 'sent', 'SENT', 'Success', 'OK'] },
    ],
    id: [
      'messageId',
      'message_id',
      'msgId',
      'id',
      'id._serialized',
      'key.id',
      'data.messageId',
      'data.message_id',
      'data.id',
      'data.id._serialized',
      'data.key.id',
      'result.messageId',
      'result.id',
      'response.id._serialized',
    ],
    error: ['error', 'error.message', 'message', 'reason', 'detail', 'details', 'msg', 'response'],
  },
  status: {
    path: '/status',
    ready: [
      { path: 'ready', values: [true] },
      { path: 'connected', values: [true] },
      { path: 'whatsapp_connected', values: [true] },
      { path: 'isReady', values: [true] },
      { path: 'status', values: ['connected', 'ready', 'open', 'online', 'CONNECTED', 'READY'] },
      { path: 'state', values: ['connected', 'ready', 'open', 'CONNECTED'] },
    ],
    connecting: [
      {
        path: 'status',
        values: [
          'connecting',
          'starting',
          'initializing',
          'loading',
          'restarting',
          'authenticated',
          'CONNECTING',
        ],
      },
      { path: 'state', values: ['connecting', 'OPENING', 'PAIRING'] },
    ],
    scan: [
      { path: 'hasQR', values: [true] },
      { path: 'hasQrCode', values: [true] },
      { path: 'has_qr', values: [true] },
      { path: 'qr_needed', values: [true] },
      { path: 'needsQR', values: [true] },
      { path: 'status', values: ['qr', 'scan_qr', 'qr_ready', 'waiting_qr', 'logged_out', 'SCAN_QR_CODE'] },
      { path: 'state', values: ['UNPAIRED', 'UNPAIRED_IDLE', 'logged_out'] },
    ],
  },
  restart: { path: '/restart', method: 'POST' },
  qr: {
    path: '/qr',
    code: ['qr', 'qrCode', 'qr_code', 'qrcode', 'code', 'image', 'data.qr', 'data.qrCode', 'data.code'],
    pairingCode: ['pairingCode', 'pairing_code', 'data.pairingCode'],
  },
  webhook: {
    tokenHeader: 'x-webhook-token',
    list: [],
    id: [
      'messageId',
      'message_id',
      'msgId',
      'id',
      'id._serialized',
      'key.id',
      'data.messageId',
      'data.id',
      'data.key.id',
    ],
    word: ['status', 'ackName', 'data.status'],
    words: {
      sent: 'sent',
      server_ack: 'sent',
      delivered: 'delivered',
      delivery_ack: 'delivered',
      read: 'read',
      seen: 'read',
      played: 'read',
      failed: 'failed',
      error: 'failed',
      undelivered: 'failed',
    },
    ack: ['ack', 'data.ack'],
    correlation: [],
    reason: ['error', 'reason', 'error.message', 'data.error'],
    at: ['timestamp', 'time', 'date', 'at', 'messageTimestamp', 'data.timestamp', 'data.messageTimestamp'],
    from: ['from', 'phone', 'sender', 'number', 'phone_number', 'key.remoteJid', 'data.from', 'data.phone'],
    text: [
      'text',
      'message',
      'body',
      'content',
      'message.conversation',
      'data.text',
      'data.message',
      'data.body',
    ],
    name: ['name', 'pushName', 'notifyName', 'profileName', 'data.pushName', 'data.name'],
    fromMe: ['fromMe', 'key.fromMe', 'id.fromMe', 'data.fromMe', 'data.key.fromMe'],
  },
};

/** What a mapping has where neither it nor its preset says otherwise. */
export const SEND_DEFAULTS: Omit<SendMapping, 'path' | 'body'> = {
  method: 'POST',
  encoding: 'json',
  recipient: 'digits',
};

function sends(path: string, body: SendMapping['body'], more: MappingWish = {}): MappingWish {
  const { status, restart, qr } = COMMON;
  return { status, restart, qr, ...more, send: { path, body, ...more.send } };
}

/**
 * The shapes that such services have in common. Channels are stored with the name of their preset: what one means is
 * never changed, a new meaning gets a new name.
 */
export const PRESETS: Readonly<Record<string, MappingWish>> = {
  'send-phone-message': sends('/send', { phone: '{recipient}', message: '{text}' }),
  'send-number-message': sends('/send', { number: '{recipient}', message: '{text}' }),
  'send-to-message': sends('/send', { to: '{recipient}', message: '{text}' }),
  'send-text': sends('/send-text', { to: '{recipient}', text: '{text}' }),
  'send-message': sends(
    '/send-message',
    { phone: '{recipient}', message: '{text}' },
    {
      media: {
        path: '/send-message',
        body: { phone: '{recipient}', message: '{caption}', mediaUrl: '{url}' },
        types: ['image', 'document', 'video', 'audio'],
      },
    },
  ),
  'message-phone-number': sends('/message', { phone_number: '{recipient}', message: '{text}' }),
  'form-number-message': sends(
    '/send-message',
    { number: '{recipient}', message: '{text}' },
    { send: { encoding: 'form' } },
  ),
  // Types for a while, sends, and waits for WhatsApp's own acknowledgement; says what became of it in `outcome`.
  'typing-and-ack': sends(
    '/send-with-typing-and-ack',
    { phone: '{recipient}', message: '{text}', idempotencyKey: '{correlationId}', waitForAckSeconds: 5 },
    {
      errors: [
        { path: 'outcome', value: 'UNCERTAIN', class: 'unknown' },
        { path: 'outcome', value: 'NOT_READY', class: 'session_down' },
        { path: 'outcome', value: 'TYPING_FAILED', class: 'session_down' },
        { path: 'outcome', value: 'REJECTED', class: 'permanent_message' },
      ],
    },
  ),
};
