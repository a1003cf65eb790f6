import { CLOUD_ANSWER, type SinkAnswer } from '../support/nginx-sink.js';

/** How a driver is measured: a channel's settings at the sink, and what the provider answers to a text. */
export interface ProviderRow {
  settings(sinkUrl: string): object;
  readonly answer: SinkAnswer;
}

export const CLOUD = 'whatsapp-cloud';

/**
 * By the name of the provider. The simulator has none: it is the Cloud driver. Answers are as long as the real ones,
 * for reading them is part of the cost.
 */
export const PROVIDER_ROWS: Readonly<Record<string, ProviderRow>> = {
  [CLOUD]: {
    settings: (baseUrl) => ({ baseUrl, phoneNumberId: '106540352242922', accessToken: 'bench' }),
    answer: CLOUD_ANSWER,
  },
  twilio: {
    settings: (baseUrl) => ({
      baseUrl,
      accountSid: `AC${'0'.repeat(32)}`,
      authToken: '0123456789abcdef0123456789abcdef',
      from: '+14155238886',
    }),
    answer: {
      status: 201,
      body: JSON.stringify({
        account_sid: `AC${'0'.repeat(32)}`,
        api_version: '2010-04-01',
        body: 'Hola Persona 1',
        date_created: 'Thu, 20 Nov 2025 20:12:31 +0000',
        date_sent: null,
        date_updated: 'Thu, 20 Nov 2025 20:12:31 +0000',
        direction: 'outbound-api',
        error_code: null,
        error_message: null,
        from: 'whatsapp:+14155238886',
        messaging_service_sid: null,
        num_media: '0',
        num_segments: '1',
        price: null,
        price_unit: null,
        sid: 'SM$request_id',
        status: 'queued',
        subresource_uris: { media: '/2010-04-01/Accounts/AC/Messages/SM/Media.json' },
        to: 'whatsapp:+5215510000001',
        uri: '/2010-04-01/Accounts/AC/Messages/SM.json',
      }),
    },
  },
  evolution: {
    settings: (baseUrl) => ({ baseUrl, apiKey: 'bench-bench', instance: 'ventas' }),
    answer: {
      status: 201,
      body: JSON.stringify({
        key: { remoteJid: '5215510000001@s.whatsapp.net', fromMe: true, id: '$request_id' },
        pushName: '',
        status: 'PENDING',
        message: { conversation: 'Hola Persona 1' },
        contextInfo: null,
        messageType: 'conversation',
        messageTimestamp: 1_763_700_000,
        instanceId: 'a1a4b9c5-5c1e-4a8e-8a41-0c7d3f1a2b3c',
        source: 'unknown',
      }),
    },
  },
  waha: {
    settings: (baseUrl) => ({ baseUrl, apiKey: 'bench-bench', session: 'default' }),
    answer: {
      status: 201,
      body: JSON.stringify({
        id: 'true_5215510000001@c.us_$request_id',
        timestamp: 1_763_700_000,
        from: '5215500000000@c.us',
        fromMe: true,
        source: 'api',
        to: '5215510000001@c.us',
        body: 'Hola Persona 1',
        hasMedia: false,
        ack: 0,
        ackName: 'PENDING',
        _data: { id: { fromMe: true, remote: '5215510000001@c.us', id: '$request_id' }, type: 'chat' },
      }),
    },
  },
  'http-gateway': {
    settings: (baseUrl) => ({
      baseUrl,
      preset: 'send-phone-message',
      headers: { 'x-api-key': 'bench-bench' },
    }),
    answer: {
      status: 200,
      body: JSON.stringify({ success: true, messageId: 'true_5215510000001@c.us_$request_id' }),
    },
  },
};
