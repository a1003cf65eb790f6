import type { MessageContent } from '../../../src/channels/providers/message-content.js';
import type { OutboundMessage } from '../../../src/channels/providers/provider.js';
import type { CallKind, PostedWebhook, ScriptedAnswer, TakenMessage } from '../contract-rig.js';
import type { FakeCall, FakeService } from './fake-server.js';

const TYPE_OF_ENDING: Readonly<Record<string, MessageContent['type']>> = {
  jpg: 'image',
  pdf: 'document',
  mp4: 'video',
  ogg: 'audio',
};

interface SendBody {
  readonly phone?: unknown;
  readonly message?: unknown;
  readonly mediaUrl?: unknown;
  readonly session?: unknown;
}

/** A home-made service on a WhatsApp Web session: Express before a library, with a key of its own. */
export class HttpGatewayFake implements FakeService {
  readonly taken: TakenMessage[] = [];
  apiKey = 'k-5f1d0c77-contract';
  connected = true;
  restarts = 0;

  kindOf(method: string, path: string): CallKind | undefined {
    return method === 'POST' && path === '/wa/send-message' ? 'send' : undefined;
  }

  answer(call: FakeCall): ScriptedAnswer {
    if (call.headers['x-api-key'] !== this.apiKey)
      return refusal(401, `Invalid API key ${String(call.headers['x-api-key'])}`);
    switch (`${call.method} ${call.path}`) {
      case 'POST /wa/send-message':
        return this.send(call);
      case 'GET /wa/status':
        return {
          status: 200,
          body: { ready: this.connected, phone: '5215500000000', hasQR: false, error: null },
        };
      case 'GET /wa/qr':
        return { status: 200, body: { qr: this.connected ? null : '2@AbCdEf,gHiJ==,kLm' } };
      case 'POST /wa/restart':
        this.restarts += 1;
        return { status: 200, body: { success: true, message: 'Restarting' } };
      default:
        return {
          status: 404,
          contentType: 'text/html',
          body: `<pre>Cannot ${call.method} ${call.path}</pre>`,
        };
    }
  }

  withoutId({ status }: ScriptedAnswer): ScriptedAnswer {
    return { status, body: { success: true, phone: '5215500000000', message: 'Message sent' } };
  }

  revokeCredentials(): void {
    this.apiKey = 'another';
  }

  private send(call: FakeCall): ScriptedAnswer {
    if (call.headers['content-type'] !== 'application/json') return refusal(400, 'JSON expected');
    const { phone, message, mediaUrl, session } = JSON.parse(call.body.toString('utf8')) as SendBody;
    if (session !== 'ventas') return refusal(404, 'Session not found');
    if (typeof phone !== 'string' || !/^\d{8,15}$/.test(phone)) return refusal(400, 'Invalid phone number');
    if (mediaUrl === undefined && (typeof message !== 'string' || message === ''))
      return refusal(400, 'phone and message are required');
    if (!this.connected) return refusal(503, 'WhatsApp client not ready');
    const id = `true_${phone}@c.us_3EB0${String(this.taken.length).padStart(16, '0')}`;
    this.taken.push({ id, to: phone, type: typeOf(mediaUrl) });
    return { status: 200, body: { success: true, messageId: id } };
  }
}

/** What such a service posts to the address that it was given: nothing is signed. */
export function postedByGateway(_sent: OutboundMessage, providerId: string): PostedWebhook[] {
  const events = [
    { messageId: providerId, ack: 1, timestamp: 1_763_700_000 },
    { messageId: providerId, ack: 2, timestamp: 1_763_700_001 },
    { messageId: providerId, ack: 3, timestamp: 1_763_700_002 },
  ];
  return events.map((event) => {
    const body = Buffer.from(JSON.stringify(event));
    return {
      proof: { headers: { 'content-type': 'application/json' }, rawBody: body, url: null },
      delivery: { body, contentType: 'application/json', query: '', receivedAt: new Date() },
    };
  });
}

export function refusal(status: number, error: string): ScriptedAnswer {
  return { status, body: { success: false, error } };
}

function typeOf(mediaUrl: unknown): MessageContent['type'] {
  if (typeof mediaUrl !== 'string') return 'text';
  return TYPE_OF_ENDING[mediaUrl.split('.').at(-1)!] ?? 'document';
}
