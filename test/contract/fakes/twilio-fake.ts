import { createHmac } from 'node:crypto';
import type { MessageContent } from '../../../src/channels/providers/message-content.js';
import type { CallKind, PostedWebhook, ScriptedAnswer, TakenMessage } from '../contract-rig.js';
import type { FakeCall, FakeService } from './fake-server.js';

export const ACCOUNT_SID = 'AC0123456789abcdef0123456789abcdef';
export const SERVICE_SID = 'MG0123456789abcdef0123456789abcdef';
export const CONTENT_SID = 'HX0123456789abcdef0123456789abcdef';
export const SENDER = '+14155238886';
export const MEDIA_SID = 'ME0123456789abcdef0123456789abcdef';
export const STORED_FILE = 'the bytes of a picture';

const ACCOUNT = `/2010-04-01/Accounts/${ACCOUNT_SID}`;
const FORM_TYPE = 'application/x-www-form-urlencoded';
const ADDRESS = /^whatsapp:(?:\+[1-9]\d{6,14}|[A-Z]{2}\.\w+)$/;
const TYPE_OF_ENDING: Readonly<Record<string, MessageContent['type']>> = {
  jpg: 'image',
  pdf: 'document',
  mp4: 'video',
  ogg: 'audio',
};
const PARAMETERS = new Set([
  'To',
  'From',
  'MessagingServiceSid',
  'Body',
  'MediaUrl',
  'ContentSid',
  'ContentVariables',
  'StatusCallback',
  'ValidityPeriod',
]);

/** A message as the account has it. */
interface Held extends TakenMessage {
  readonly id: string;
  readonly resource: Record<string, unknown>;
  /** Absent where the call named none. */
  readonly callback: string | null;
}

/** Programmable Messaging, the Content API and Messaging Services of Twilio, with one account that has one sender. */
export class TwilioFake implements FakeService {
  readonly taken: Held[] = [];
  /** Of the account; webhooks are signed with it whoever sends. */
  authToken = 'b5a1c0de-contract-token';
  apiKey: { readonly sid: string; readonly secret: string } | undefined;
  accountStatus = 'active';
  /** Files come from here and not from the store: so may a proxy have it. */
  givesFiles = false;

  kindOf(method: string, path: string): CallKind | undefined {
    if (path !== `${ACCOUNT}/Messages.json`) return undefined;
    return method === 'POST' ? 'send' : 'lookUp';
  }

  answer(call: FakeCall): ScriptedAnswer {
    // The store asks for no credential and is told none.
    if (call.path === '/store/file') {
      if (call.headers.authorization !== undefined)
        return { status: 400, body: 'Only one auth mechanism allowed' };
      return { status: 200, body: STORED_FILE, contentType: 'image/jpeg' };
    }
    const { authorization } = call.headers;
    const isByKey = this.apiKey !== undefined && authorization === basic(this.apiKey.sid, this.apiKey.secret);
    if (!isByKey && authorization !== basic(ACCOUNT_SID, this.authToken)) {
      return twilioError(401, 20003, 'Authenticate');
    }
    switch (`${call.method} ${call.path}`) {
      case `POST ${ACCOUNT}/Messages.json`:
        return this.send(call);
      case `GET ${ACCOUNT}/Messages.json`:
        return this.list(call.query);
      case `GET ${ACCOUNT}.json`:
        // A standard API key is not let near the account itself.
        if (isByKey) return twilioError(401, 20003, 'Permission Denied');
        return { status: 200, body: { sid: ACCOUNT_SID, status: this.accountStatus, type: 'Full' } };
      case `GET /v1/Services/${SERVICE_SID}`:
        return { status: 200, body: { sid: SERVICE_SID, friendly_name: 'ventas' } };
      case 'GET /v1/ContentAndApprovals':
        return contents(call.query);
      default:
        if (call.path.endsWith(`/Media/${MEDIA_SID}`)) {
          if (this.givesFiles) return { status: 200, body: STORED_FILE, contentType: 'image/jpeg' };
          return { status: 307, body: '', headers: { location: '/store/file' } };
        }
        return twilioError(404, 20404, `The requested resource ${call.path} was not found`);
    }
  }

  withoutId(answer: ScriptedAnswer): ScriptedAnswer {
    return { ...answer, body: { ...(answer.body as object), sid: null } };
  }

  revokeCredentials(): void {
    this.authToken = 'another';
  }

  /** What Twilio posts to the callback that was named with the message, signed with the account's token. */
  posted(providerId: string): PostedWebhook[] {
    const held = this.taken.find(({ id }) => id === providerId);
    if (held === undefined || held.callback === null) return [];
    const [url] = held.callback.split('#', 1) as [string];
    return ['queued', 'sent', 'delivered', 'read'].map((status) => {
      const form = new URLSearchParams({
        ChannelPrefix: 'whatsapp',
        ApiVersion: '2010-04-01',
        MessageStatus: status,
        SmsStatus: status,
        SmsSid: providerId,
        MessageSid: providerId,
        AccountSid: ACCOUNT_SID,
        From: String(held.resource['from']),
        To: held.to,
        ChannelToAddress: '+5215510XXXX',
        StructuredMessage: 'false',
      });
      return this.signed(url, form);
    });
  }

  private signed(url: string, form: URLSearchParams): PostedWebhook {
    const parameters = [...form].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value);
    const body = Buffer.from(form.toString());
    const signature = createHmac('sha1', this.authToken)
      .update(url + parameters.join(''))
      .digest('base64');
    const headers = { 'content-type': `${FORM_TYPE}; charset=UTF-8`, 'x-twilio-signature': signature };
    return {
      proof: { headers, rawBody: body, url },
      delivery: { body, contentType: FORM_TYPE, query: new URL(url).search.slice(1), receivedAt: new Date() },
    };
  }

  private send(call: FakeCall): ScriptedAnswer {
    if (call.headers['content-type'] !== FORM_TYPE) return twilioError(400, 20001, 'Form expected');
    const form = new URLSearchParams(call.body.toString('utf8'));
    const refusal = refusalOf(form);
    if (refusal !== undefined) return refusal;
    const text = form.get('Body');
    const media = form.get('MediaUrl');
    const hex = (this.taken.length + 1).toString(16).padStart(32, '0');
    const id = (media === null ? 'SM' : 'MM') + hex;
    const now = new Date().toUTCString().replace('GMT', '+0000');
    const resource = {
      sid: id,
      account_sid: ACCOUNT_SID,
      api_version: '2010-04-01',
      body: text ?? '',
      date_created: now,
      date_sent: null,
      date_updated: now,
      direction: 'outbound-api',
      error_code: null,
      error_message: null,
      from: form.get('From') ?? `whatsapp:${SENDER}`,
      messaging_service_sid: form.get('MessagingServiceSid'),
      num_media: media === null ? '0' : '1',
      num_segments: '1',
      price: null,
      price_unit: null,
      status: 'queued',
      to: form.get('To'),
      uri: `${ACCOUNT}/Messages/${id}.json`,
    };
    const type = form.has('ContentSid') ? 'template' : media === null ? 'text' : typeOf(media);
    this.taken.push({ id, to: form.get('To')!, type, resource, callback: form.get('StatusCallback') });
    return { status: 201, body: resource };
  }

  private list(query: URLSearchParams): ScriptedAnswer {
    const wanted = this.taken.filter(
      ({ resource }) =>
        (!query.has('To') || resource['to'] === query.get('To')) &&
        (!query.has('From') || resource['from'] === query.get('From')) &&
        new Date(String(resource['date_created'])) >= new Date(query.get('DateSent>') ?? 0),
    );
    const pageSize = Number(query.get('PageSize') ?? 50);
    const messages = wanted.toReversed().slice(0, pageSize);
    const next_page_uri = wanted.length > pageSize ? `${ACCOUNT}/Messages.json?Page=1&PageToken=PASM1` : null;
    const resources = messages.map(({ resource }) => resource);
    return { status: 200, body: { messages: resources, next_page_uri, page: 0, page_size: pageSize } };
  }
}

export function twilioError(
  status: number,
  code: number,
  message: string,
  headers?: Record<string, string>,
): ScriptedAnswer {
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  return { status, body: { code, message, more_info, status }, ...(headers !== undefined && { headers }) };
}

/** What Twilio would not take of a message; undefined when it takes it. */
function refusalOf(form: URLSearchParams): ScriptedAnswer | undefined {
  const names = [...form.keys()];
  const odd = names.find((name) => !PARAMETERS.has(name) || form.getAll(name).length > 1);
  if (odd !== undefined) return twilioError(400, 20001, `Unknown parameter ${odd}`);
  const to = form.get('To') ?? '';
  if (!ADDRESS.test(to)) return twilioError(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (form.has('From') === form.has('MessagingServiceSid'))
    return twilioError(400, 21603, "A 'From' is required");
  if (form.has('From') && form.get('From') !== `whatsapp:${SENDER}`) {
    return twilioError(400, 63007, 'Twilio could not find a Channel with the specified From address');
  }
  if (form.has('MessagingServiceSid') && form.get('MessagingServiceSid') !== SERVICE_SID) {
    return twilioError(404, 21701, 'The Messaging Service does not exist');
  }
  const callback = form.get('StatusCallback');
  if (callback !== null && !/^https?:\/\/[a-z0-9.-]+(?::\d+)?\//.test(callback)) {
    return twilioError(400, 21609, "The 'StatusCallback' URL is not a valid URL.");
  }
  const validity = form.get('ValidityPeriod');
  if (validity !== null && !(Number(validity) >= 1 && Number(validity) <= 36_000)) {
    return twilioError(400, 90_007, 'Invalid validity period value');
  }
  return form.has('ContentSid') ? refusalOfTemplate(form) : refusalOfText(form);
}

function refusalOfTemplate(form: URLSearchParams): ScriptedAnswer | undefined {
  if (form.has('Body') || form.has('MediaUrl'))
    return twilioError(400, 90_015, 'Body and Template are provided');
  if (form.get('ContentSid') !== CONTENT_SID) return twilioError(400, 21655, 'The ContentSid is Invalid');
  if (!form.has('ContentVariables')) return undefined;
  const values = Object.values(JSON.parse(form.get('ContentVariables')!) as object) as unknown[];
  const areTexts = values.every((value) => typeof value === 'string' && value !== '');
  return areTexts ? undefined : twilioError(400, 21656, 'The ContentVariables Parameter is invalid');
}

function refusalOfText(form: URLSearchParams): ScriptedAnswer | undefined {
  const text = form.get('Body') ?? '';
  const media = form.get('MediaUrl');
  if (text === '' && media === null)
    return twilioError(400, 21_619, 'A text message body or media must be specified');
  if (text.length > 1600) return twilioError(400, 21617, 'The message body exceeds the 1600 character limit');
  if (media !== null && !URL.canParse(media)) return twilioError(400, 21620, 'Invalid media URL');
  return undefined;
}

function contents(query: URLSearchParams): ScriptedAnswer {
  const isFirst = query.get('PageToken') === null;
  const content = {
    sid: CONTENT_SID,
    friendly_name: 'aviso',
    language: 'es_MX',
    variables: { 1: 'Ana' },
    types: { 'twilio/text': { body: 'Hola {{1}}' } },
    approval_requests: { name: 'aviso', category: 'UTILITY', status: 'approved', rejection_reason: '' },
  };
  const next_page_url =
    'https://content.twilio.com/v1/ContentAndApprovals?PageSize=50&Page=1&PageToken=DNHX1';
  return {
    status: 200,
    body: { contents: isFirst ? [content] : [], meta: { next_page_url: isFirst ? next_page_url : null } },
  };
}

function basic(user: string, secret: string): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

function typeOf(url: string): MessageContent['type'] {
  return TYPE_OF_ENDING[url.split('.').at(-1)!] ?? 'document';
}
