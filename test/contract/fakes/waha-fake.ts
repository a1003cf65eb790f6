import { createHmac } from 'node:crypto';
import type { MessageContent } from '../../../src/channels/providers/message-content.js';
import type { CallKind, PostedWebhook, ScriptedAnswer, TakenMessage } from '../contract-rig.js';
import type { StatusPoster } from './fake-rig.js';
import type { FakeCall, FakeService } from './fake-server.js';

type Field = 'text' | 'file' | 'flag';

interface SendPath {
  readonly type: MessageContent['type'];
  readonly needed: Readonly<Record<string, Field>>;
  readonly known: readonly string[];
  readonly fileNeeds: readonly string[];
}

const COMMON = { session: 'text', chatId: 'text' } as const;
const EVERYWHERE = ['session', 'chatId', 'id', 'reply_to'];
const SEND_PATHS: Readonly<Record<string, SendPath>> = {
  '/api/sendText': {
    type: 'text',
    needed: { ...COMMON, text: 'text' },
    known: [...EVERYWHERE, 'text', 'linkPreview', 'linkPreviewHighQuality'],
    fileNeeds: [],
  },
  '/api/sendImage': {
    type: 'image',
    needed: { ...COMMON, file: 'file' },
    known: [...EVERYWHERE, 'file', 'caption'],
    fileNeeds: ['mimetype', 'url'],
  },
  '/api/sendFile': {
    type: 'document',
    needed: { ...COMMON, file: 'file' },
    known: [...EVERYWHERE, 'file', 'caption'],
    fileNeeds: ['mimetype', 'url'],
  },
  '/api/sendVideo': {
    type: 'video',
    needed: { ...COMMON, file: 'file', convert: 'flag' },
    known: [...EVERYWHERE, 'file', 'caption', 'convert', 'asNote'],
    fileNeeds: ['mimetype', 'filename', 'url'],
  },
  '/api/sendVoice': {
    type: 'audio',
    needed: { ...COMMON, file: 'file', convert: 'flag' },
    known: [...EVERYWHERE, 'file', 'convert'],
    fileNeeds: ['mimetype', 'url'],
  },
};
const MESSAGE_PATH = /^\/api\/([^/]+)\/chats\/([^/]+)\/messages\/([^/]+)$/;

/** An engine that threw, as WAHA's filter writes it: with the whole request. */
export function thrown(message: string, name = 'Error'): ScriptedAnswer {
  return {
    status: 500,
    body: {
      statusCode: 500,
      timestamp: '2026-11-22T08:00:00.000Z',
      exception: { message: `2 UNKNOWN: ${message}`, code: 2, details: message, metadata: {}, name },
      request: {
        path: '/api/sendText',
        method: 'POST',
        body: { session: 'default', chatId: '5215510000001@c.us', text: 'Hola' },
        query: {},
      },
      version: { version: '2026.7.1', engine: 'GOWS', tier: 'PLUS', browser: null },
    },
  };
}

export function refusal(statusCode: number, message: string | string[], error?: string): ScriptedAnswer {
  return { status: statusCode, body: { message, ...(error !== undefined && { error }), statusCode } };
}

export function notWorking(status: string): ScriptedAnswer {
  return {
    status: 422,
    body: {
      error: 'Session status is not as expected. Try again later or restart the session',
      session: 'default',
      status,
      expected: ['WORKING'],
    },
  };
}

interface TakenByWaha extends TakenMessage {
  readonly id: string;
  readonly atSeconds: number;
}

/** A WAHA with one session on GOWS, which gives messages the ids that it is told. */
export class WahaFake implements FakeService {
  readonly taken: TakenByWaha[] = [];
  sessionStatus = 'WORKING';
  restarts = 0;
  /** The chats of numbers that WhatsApp has under another form. */
  readonly aliases = new Map<string, string>();
  private apiKey: string;

  constructor(
    apiKey: string,
    private readonly session: string,
  ) {
    this.apiKey = apiKey;
  }

  kindOf(method: string, path: string): CallKind | undefined {
    if (method === 'POST' && path in SEND_PATHS) return 'send';
    return method === 'GET' && MESSAGE_PATH.test(path) ? 'lookUp' : undefined;
  }

  revokeCredentials(): void {
    this.apiKey = 'another-key';
  }

  withoutId({ status }: ScriptedAnswer): ScriptedAnswer {
    return { status, body: '' };
  }

  answer(call: FakeCall): ScriptedAnswer {
    if (call.headers['x-api-key'] !== this.apiKey) return refusal(401, 'Unauthorized');
    const { method, path } = call;
    const sends = SEND_PATHS[path];
    if (method === 'POST' && sends !== undefined) return this.send(call, sends);
    if (method === 'GET' && path === `/api/sessions/${this.session}`) return this.describe(200);
    if (method === 'POST' && path === `/api/sessions/${this.session}/restart`) return this.restart();
    if (method === 'GET' && path === `/api/${this.session}/auth/qr`) return this.qrCode(call);
    if (method === 'GET' && path === '/api/contacts/check-exists') return this.check(call);
    if (method === 'GET' && path === `/api/files/${this.session}/AAAA.jpg`) {
      return { status: 200, body: 'a picture', contentType: 'image/jpeg' };
    }
    const asked = MESSAGE_PATH.exec(path);
    if (method === 'GET' && asked !== null) return this.message(call, asked);
    return refusal(404, `Cannot ${method} ${path}`, 'Not Found');
  }

  private send(call: FakeCall, { type, needed, known, fileNeeds }: SendPath): ScriptedAnswer {
    if (call.headers['content-type'] !== 'application/json') return refusal(415, 'Unsupported Media Type');
    const body = JSON.parse(call.body.toString('utf8')) as Record<string, unknown>;
    const faults = [
      ...Object.entries(needed)
        .filter(([name, field]) => !isRight(field, body[name], fileNeeds))
        .map(([name]) => `${name} must be given`),
      ...Object.keys(body)
        .filter((name) => !known.includes(name))
        .map((name) => `property ${name} should not exist`),
    ];
    if (faults.length > 0) return refusal(400, faults, 'Bad Request');
    if (body['session'] !== this.session) {
      return refusal(404, `We didn't find a session with name '${String(body['session'])}'.`, 'Not Found');
    }
    if (this.sessionStatus !== 'WORKING') return notWorking(this.sessionStatus);
    const chatId = String(body['chatId']);
    if (!/^\d{5,20}@(?:c\.us|lid)$/.test(chatId)) return thrown(`failed to parse JID ${chatId}`);
    const id =
      typeof body['id'] === 'string' ? body['id'] : `3EB0${String(this.taken.length).padStart(18, '0')}`;
    if (!/^3EB0[0-9A-F]{18}$/.test(id)) return refusal(400, 'id is not one of WhatsApp Web', 'Bad Request');
    this.taken.push({ id, to: chatId, type, atSeconds: Math.floor(Date.now() / 1000) });
    return { status: 201, body: { id: `true_${chatId}_${id}`, _data: { Info: { ID: id } } } };
  }

  private message(call: FakeCall, [, session, chatId = '', messageId = '']: RegExpExecArray): ScriptedAnswer {
    if (session !== this.session) return refusal(404, 'Session not found', 'Not Found');
    if (call.query.get('downloadMedia') !== 'false')
      return refusal(400, 'it would fetch the file', 'Bad Request');
    const [chat, whole] = [decodeURIComponent(chatId), decodeURIComponent(messageId)];
    const found = this.taken.find(({ id, to }) => to === chat && whole === `true_${to}_${id}`);
    if (found === undefined) return refusal(404, 'Message not found', 'Not Found');
    const message = {
      id: whole,
      timestamp: found.atSeconds,
      from: chat,
      fromMe: true,
      to: chat,
      body: 'Hola',
      hasMedia: false,
      ack: 2,
      ackName: 'DEVICE',
    };
    return { status: 200, body: message };
  }

  private describe(status: number): ScriptedAnswer {
    const { session: name, sessionStatus } = this;
    const me = sessionStatus === 'WORKING' ? { id: '5215500000000@c.us', pushName: 'Ventas' } : null;
    return { status, body: { name, status: sessionStatus, config: {}, me, engine: { engine: 'GOWS' } } };
  }

  private restart(): ScriptedAnswer {
    this.restarts++;
    this.sessionStatus = 'STARTING';
    return this.describe(201);
  }

  private check({ query }: FakeCall): ScriptedAnswer {
    if (query.get('session') !== this.session) return refusal(404, 'Session not found', 'Not Found');
    const chatId = this.aliases.get(query.get('phone') ?? '');
    return {
      status: 200,
      body: chatId === undefined ? { numberExists: false } : { numberExists: true, chatId },
    };
  }

  private qrCode(call: FakeCall): ScriptedAnswer {
    if (this.sessionStatus !== 'SCAN_QR_CODE') return notWorking(this.sessionStatus);
    if (call.query.get('format') === 'raw') return { status: 200, body: { value: '2@abc,def==' } };
    if (call.headers['accept'] === 'application/json') {
      return { status: 200, body: { mimetype: 'image/png', data: 'iVBORw0KGgo=' } };
    }
    return { status: 200, body: 'PNG', contentType: 'image/png' };
  }
}

function isRight(field: Field, value: unknown, fileNeeds: readonly string[]): boolean {
  if (field === 'text') return typeof value === 'string' && value !== '';
  if (field === 'flag') return typeof value === 'boolean';
  const file = value as Record<string, unknown> | undefined;
  return file !== undefined && fileNeeds.every((name) => isRight('text', file[name], []));
}

/** Acks as GOWS posts them: the chat by its hidden id, whatever it was sent to. */
export const wahaStatuses: StatusPoster = (_sent, providerId, settings) =>
  [1, 2, 3].map((ack): PostedWebhook => {
    const body = {
      id: `evt_01k6zvfrkz58gdm8d5tbjq8ab${ack}`,
      timestamp: Date.now(),
      event: 'message.ack',
      session: settings['session'],
      metadata: {},
      me: { id: '5215500000000@c.us', pushName: 'Ventas' },
      payload: {
        id: `true_99988877766655@lid_${providerId}`,
        from: '99988877766655@lid',
        participant: null,
        fromMe: true,
        ack,
        ackName: ['SERVER', 'DEVICE', 'READ'][ack - 1],
      },
      engine: 'GOWS',
      environment: { version: '2026.7.1', engine: 'GOWS', tier: 'PLUS' },
    };
    const rawBody = Buffer.from(JSON.stringify(body));
    const hmac = createHmac('sha512', String(settings['hmacKey'])).update(rawBody).digest('hex');
    return {
      proof: {
        headers: { 'x-webhook-hmac': hmac, 'x-webhook-hmac-algorithm': 'sha512' },
        rawBody,
        url: null,
      },
      delivery: { body: rawBody, contentType: 'application/json', query: '', receivedAt: new Date() },
    };
  });
