import type { OutboundMessage } from '../../../src/channels/providers/provider.js';
import type { CallKind, PostedWebhook, ScriptedAnswer, TakenMessage } from '../contract-rig.js';
import type { FakeCall, FakeService } from './fake-server.js';

interface Kept {
  readonly key: { readonly remoteJid: string; readonly fromMe: true; readonly id: string };
  readonly messageType: string;
  readonly messageTimestamp: number;
}

type Fields = Readonly<Record<string, unknown>>;

const SENDS: Readonly<Record<string, readonly string[]>> = {
  sendText: ['number', 'text'],
  sendMedia: ['number', 'mediatype', 'media'],
  sendWhatsAppAudio: ['number', 'audio'],
  sendTemplate: ['name', 'language'],
};

/** One server of Evolution API 2.4 with one instance, as far as a sender sees it. */
export class EvolutionFake implements FakeService {
  readonly taken: TakenMessage[] = [];
  /** As the instance's live state says. */
  state: 'open' | 'connecting' | 'close' = 'open';
  /** As the database has it. */
  kept: { connectionStatus: string; disconnectionReasonCode: number | null } = {
    connectionStatus: 'open',
    disconnectionReasonCode: null,
  };
  code: string | undefined;
  private readonly messages: Kept[] = [];

  constructor(
    private readonly instance: string,
    private apiKey: string,
    private readonly integration: 'WHATSAPP-BAILEYS' | 'WHATSAPP-BUSINESS' = 'WHATSAPP-BAILEYS',
  ) {}

  kindOf(method: string, path: string): CallKind | undefined {
    if (method !== 'POST') return undefined;
    if (path.startsWith('/message/')) return 'send';
    return path.startsWith('/chat/findMessages/') ? 'lookUp' : undefined;
  }

  revokeCredentials(): void {
    this.apiKey = 'another';
  }

  withoutId(answer: ScriptedAnswer): ScriptedAnswer {
    const body = answer.body as { key: object };
    return { ...answer, body: { ...body, key: { ...body.key, id: '' } } };
  }

  answer({ method, path, query, headers, body }: FakeCall): ScriptedAnswer {
    const [, group, action = '', named] = path.split('/');
    const route = `${method} /${group}/${action}`;
    const instance = route === 'GET /instance/fetchInstances' ? query.get('instanceName') : decoded(named);
    if (!ROUTES.has(route)) return refusal(404, 'Not Found', [`Cannot ${method} ${path}`]);
    if (instance !== this.instance) {
      return refusal(404, 'Not Found', [`The "${instance}" instance does not exist`]);
    }
    if (headers['apikey'] !== this.apiKey) return refusal(401, 'Unauthorized', 'Unauthorized');
    switch (group) {
      case 'message':
        return this.send(action, fieldsOf(headers['content-type'], body));
      case 'chat':
        return this.findMessages(fieldsOf(headers['content-type'], body));
      default:
        return this.instanceCall(action);
    }
  }

  private send(action: string, fields: Fields): ScriptedAnswer {
    const missing = (SENDS[action] ?? []).filter((name) => typeof fields[name] !== 'string');
    if (missing.length > 0) {
      const texts = missing.map((name) => `instance requires property "${name}"`);
      return refusal(400, 'Bad Request', [texts]);
    }
    if (fields['mediatype'] === 'document' && fields['fileName'] === undefined) {
      return refusal(500, 'Internal Server Error', [
        "TypeError: Cannot read properties of null (reading '1')",
      ]);
    }
    const isPhone = this.integration === 'WHATSAPP-BAILEYS';
    if (action === 'sendTemplate' && isPhone) {
      return refusal(500, 'Internal Server Error', 'Method not available in the Baileys service');
    }
    if (this.state !== 'open') return refusal(400, 'Bad Request', ['Error: Connection Closed']);
    return this.take(action, fields, isPhone);
  }

  private take(action: string, fields: Fields, isPhone: boolean): ScriptedAnswer {
    const number = String(fields['number']);
    if (!/^\d+(?:@lid)?$/.test(number))
      throw new Error(`number is ${number}: it must be digits, or end in @lid`);
    const ownId = isPhone
      ? `3EB0${String(this.messages.length).padStart(18, '0')}`
      : `wamid.${this.messages.length}`;
    const id = isPhone && typeof fields['messageId'] === 'string' ? fields['messageId'] : ownId;
    const key = { remoteJid: jidOf(number), fromMe: true, id } as const;
    const type = typeOf(action, fields);
    const message = { key, messageType: type, messageTimestamp: Math.floor(Date.now() / 1000) };
    this.messages.push(message);
    this.taken.push({ id, to: number, type });
    return {
      status: 201,
      body: { ...message, pushName: 'Você', status: 'PENDING', instanceId: 'i', source: 'web' },
    };
  }

  private findMessages(fields: Fields): ScriptedAnswer {
    const { key } = (fields['where'] ?? {}) as { key?: { id?: string } };
    const found = this.messages.filter((message) => key?.id === undefined || message.key.id === key.id);
    const records = found.map((message) => ({ ...message, MessageUpdate: [] }));
    return {
      status: 200,
      body: { messages: { total: records.length, pages: 1, currentPage: 1, records: records.toReversed() } },
    };
  }

  private instanceCall(action: string): ScriptedAnswer {
    const { state, code } = this;
    const qrCode = {
      pairingCode: null,
      code,
      base64: code && `data:image/png;base64,${code}`,
      count: code ? 1 : 0,
    };
    switch (action) {
      case 'connectionState':
        return { status: 200, body: { instance: { instanceName: this.instance, state } } };
      case 'fetchInstances':
        return {
          status: 200,
          body: [
            {
              name: this.instance,
              token: 'never shown',
              ownerJid: '5215500000000@s.whatsapp.net',
              ...this.kept,
            },
          ],
        };
      case 'restart':
        if (state === 'close') return { status: 200, body: { error: true, message: '[object Object]' } };
        return {
          status: 200,
          body: code === undefined ? { instance: { instanceName: this.instance, state } } : qrCode,
        };
      default:
        return state === 'open'
          ? { status: 200, body: { instance: { instanceName: this.instance, state } } }
          : { status: 200, body: qrCode };
    }
  }
}

const ROUTES = new Set([
  ...Object.keys(SENDS).map((action) => `POST /message/${action}`),
  'POST /chat/findMessages',
  'POST /instance/restart',
  'GET /instance/connectionState',
  'GET /instance/connect',
  'GET /instance/fetchInstances',
]);

/** An error in the words of Evolution API. */
export function refusal(status: number, error: string, message: unknown): ScriptedAnswer {
  return { status, body: { status, error, response: { message } } };
}

function fieldsOf(contentType: unknown, body: Buffer): Fields {
  return contentType === 'application/json' ? (JSON.parse(body.toString('utf8')) as Fields) : {};
}

function decoded(segment: string | undefined): string {
  return decodeURIComponent(segment ?? '');
}

function typeOf(action: string, fields: Fields): TakenMessage['type'] {
  if (action === 'sendMedia') return fields['mediatype'] as TakenMessage['type'];
  if (action === 'sendWhatsAppAudio') return 'audio';
  return action === 'sendTemplate' ? 'template' : 'text';
}

/** Mexican and Argentinian numbers lose the digit behind the country. */
function jidOf(number: string): string {
  if (number.includes('@')) return number;
  return `${number.replace(/^(52|54)\d(\d{10})$/, '$1$2')}@s.whatsapp.net`;
}

/** What became of a message, as the server posts it; its zone is Mexico's. */
export function evolutionStatuses(
  sent: OutboundMessage,
  providerId: string,
  settings: Readonly<Record<string, unknown>>,
): PostedWebhook[] {
  return ['SERVER_ACK', 'DELIVERY_ACK', 'READ'].map((status) => {
    const data = {
      keyId: providerId,
      remoteJid: jidOf(sent.recipient.slice(1)),
      fromMe: settings['integration'] === 'WHATSAPP-BAILEYS',
      status: settings['integration'] === 'WHATSAPP-BAILEYS' ? status : BUSINESS_WORDS[status],
      instanceId: 'i',
    };
    const event = {
      event: 'messages.update',
      instance: settings['instance'],
      data,
      date_time: new Date(Date.now() - 6 * 3_600_000).toISOString(),
      sender: 'never shown',
      apikey: 'never shown',
    };
    const body = Buffer.from(JSON.stringify(event));
    return {
      proof: { headers: { 'content-type': 'application/json' }, rawBody: body, url: null },
      delivery: { body, contentType: 'application/json', query: '', receivedAt: new Date() },
    };
  });
}

const BUSINESS_WORDS: Readonly<Record<string, string>> = {
  SERVER_ACK: 'SENT',
  DELIVERY_ACK: 'DELIVERED',
  READ: 'READ',
};
