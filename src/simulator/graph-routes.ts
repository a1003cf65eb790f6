import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphError } from './graph-error.js';
import { tokenError, unknownObjectError, unknownPathError } from './graph-error.js';
import { answerJson, answerText } from './http-answer.js';
import type { LookUp } from './look-up.js';
import type { NumberRegistry } from './number-registry.js';
import type { SendMessage } from './send-message.js';
import type { SendingNumber } from './sending-number.js';
import type { StrayCalls } from './stray-calls.js';
import { takeMedia } from './media-upload.js';
import { listTemplates } from './template-list.js';

const VERSION = /^v\d+\.\d+$/;
const GRAPH_JSON = 'application/json; charset=UTF-8';
const DEFAULT_FIELDS = 'id,display_phone_number,verified_name,quality_rating';
const KNOWN_PATHS_MAX = 1000;

interface GraphPath {
  objectId: string;
  edge: string;
  query: string;
}

/** What a client of the Cloud API sees. */
export class GraphRoutes {
  readonly #numbers: NumberRegistry;
  readonly #sending: SendMessage;
  readonly #lookUp: LookUp;
  readonly #strays: StrayCalls;
  /** A sender uses one path for all its messages: it is taken apart once. */
  readonly #paths = new Map<string, GraphPath>();

  constructor(numbers: NumberRegistry, sending: SendMessage, lookUp: LookUp, strays: StrayCalls) {
    this.#lookUp = lookUp;
    this.#strays = strays;
    this.#numbers = numbers;
    this.#sending = sending;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { objectId, edge, query } = this.#pathOf(request.url ?? '/');
    if (request.method === 'POST' && (edge === 'messages' || edge === 'marketing_messages')) {
      const number = this.#authorisedNumber(objectId, request, response);
      if (number) this.#sending.handle(number, edge, request, response);
    } else if (request.method === 'POST' && edge === 'media') {
      const number = this.#authorisedNumber(objectId, request, response);
      if (number) takeMedia(request, response);
    } else if (request.method === 'GET' && edge === '') {
      const number = this.#authorisedNumber(objectId, request, response);
      if (number) answerJson(response, 200, describeNumber(number, new URLSearchParams(query).get('fields')));
    } else if (request.method === 'GET' && edge === 'message_status') {
      const number = this.#authorisedNumber(objectId, request, response);
      if (number) this.#lookUp.handle(number, new URLSearchParams(query), response);
    } else if (request.method === 'GET' && edge === 'message_templates') {
      if (!this.#authorisedAccount(objectId, request, response)) return;
      const base = `http://${request.headers.host}${(request.url ?? '').split('?')[0]}`;
      answerJson(
        response,
        200,
        listTemplates(this.#numbers.templatesOf(objectId), new URLSearchParams(query), base),
      );
    } else {
      refuse(response, unknownPathError());
    }
  }

  #authorisedNumber(
    id: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): SendingNumber | undefined {
    const { authorization } = request.headers;
    const number = this.#numbers.find(id);
    if (number && authorization === number.authorization) return number;
    if (number || authorization === undefined) this.#refuseToken(response);
    else refuse(response, unknownObjectError(id));
    return undefined;
  }

  #authorisedAccount(wabaId: string, request: IncomingMessage, response: ServerResponse): boolean {
    const { authorization } = request.headers;
    const numbers = this.#numbers.numbersOf(wabaId);
    if (numbers.some((number) => number.authorization === authorization)) return true;
    if (numbers.length > 0 || authorization === undefined) this.#refuseToken(response);
    else refuse(response, unknownObjectError(wabaId));
    return false;
  }

  #refuseToken(response: ServerResponse): void {
    this.#strays.unauthorised++;
    response.setHeader(
      'www-authenticate',
      'OAuth "Facebook Platform" "invalid_token" "Invalid OAuth access token"',
    );
    refuse(response, tokenError());
  }

  #pathOf(url: string): GraphPath {
    const known = this.#paths.get(url);
    if (known) return known;
    const [path = '', query = ''] = url.split('?', 2);
    const segments = path.split('/').filter(Boolean);
    if (VERSION.test(segments[0] ?? '')) segments.shift();
    const parsed = { objectId: segments[0] ?? '', edge: segments.slice(1).join('/'), query };
    if (query !== '') return parsed;
    if (this.#paths.size >= KNOWN_PATHS_MAX) this.#paths.clear();
    this.#paths.set(url, parsed);
    return parsed;
  }
}

function describeNumber(number: SendingNumber, fields: string | null): object {
  const { phoneNumberId, displayPhoneNumber, verifiedName, behaviour } = number.settings;
  const all: Record<string, unknown> = {
    id: phoneNumberId,
    display_phone_number: displayPhoneNumber,
    verified_name: verifiedName,
    quality_rating: 'GREEN',
    throughput: { level: (behaviour.maxPerSecond ?? 80) > 80 ? 'HIGH' : 'STANDARD' },
    platform_type: 'CLOUD_API',
    status: 'CONNECTED',
    name_status: 'APPROVED',
    code_verification_status: 'VERIFIED',
    whatsapp_business_manager_messaging_limit: 'TIER_UNLIMITED',
  };
  const wanted = new Set((fields ?? DEFAULT_FIELDS).split(',').map((field) => field.trim()));
  return Object.fromEntries(Object.entries(all).filter(([name]) => name === 'id' || wanted.has(name)));
}

function refuse(response: ServerResponse, error: GraphError): void {
  answerText(response, error.status, error.body, GRAPH_JSON);
}
