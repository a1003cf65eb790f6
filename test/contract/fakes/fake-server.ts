import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertNever } from '../../../src/common/assert-never.js';
import { AnswerWriter, type Answer } from '../../../src/simulator/answer.js';
import type { CallKind, ScriptedAnswer, TakenMessage, WireFault } from '../contract-rig.js';

/** A call as it came. */
export interface FakeCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A service as its provider runs it: it checks each call as the real one would and answers in its words. */
export interface FakeService {
  /** Undefined: a call that no fault befalls. Known before the body is read. */
  kindOf(method: string, path: string): CallKind | undefined;
  answer(call: FakeCall): ScriptedAnswer;
  /** The same success without the id of the message. */
  withoutId(answer: ScriptedAnswer): ScriptedAnswer;
  readonly taken: readonly TakenMessage[];
  revokeCredentials(): void;
}

interface Scripted {
  readonly fault: WireFault;
  readonly on: CallKind;
}

const REDIRECTED_PATH = '/redirected-by-the-fake';
const JSON_TYPE = 'application/json';

/** Serves a fake on loopback, spoils the calls that it is told to, and counts what it sees. */
export class FakeServer {
  readonly calls: Record<CallKind, number> = { send: 0, lookUp: 0 };
  redirectsFollowed = 0;
  private readonly faults: Scripted[] = [];
  private readonly writer = new AnswerWriter();

  private constructor(
    private readonly service: FakeService,
    private readonly server: Server,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.serve(request, response);
    });
  }

  static async start(service: FakeService): Promise<FakeServer> {
    const server = createServer();
    const fake = new FakeServer(service, server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Befalls one call; several befall one call each, in order. */
  addFault(fault: WireFault, on: CallKind = 'send'): void {
    this.faults.push({ fault, on });
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.writer.clear();
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (url.pathname === REDIRECTED_PATH) this.redirectsFollowed++;
    const method = request.method ?? '';
    const kind = this.service.kindOf(method, url.pathname);
    const fault = kind === undefined ? undefined : this.take(kind);
    if (kind !== undefined) this.calls[kind]++;
    if (fault?.kind === 'resetBeforeRead') {
      request.socket.resetAndDestroy();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call: FakeCall = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    this.writer.write(
      response,
      this.spoiled(fault, () => this.service.answer(call)),
    );
  }

  private take(kind: CallKind): WireFault | undefined {
    const index = this.faults.findIndex(({ on }) => on === kind);
    return index === -1 ? undefined : this.faults.splice(index, 1)[0]!.fault;
  }

  /** `process` makes the service do what it was asked. */
  private spoiled(fault: WireFault | undefined, process: () => ScriptedAnswer): Answer {
    if (fault === undefined) return whole(process());
    switch (fault.kind) {
      case 'hang':
        if (fault.processed) process();
        return { status: 200, body: '', manner: 'hang' };
      case 'latency':
        return { ...whole(process()), delayMs: fault.delayMs };
      case 'slowBytes':
        return { ...whole(process()), manner: 'slow', byteDelayMs: fault.delayMs };
      case 'resetBeforeRead':
      case 'resetAfterRead':
        return { ...whole(process()), manner: 'reset' };
      case 'closeNoAnswer':
        return { ...whole(process()), manner: 'close' };
      case 'halfBody':
        return { ...whole(process()), manner: 'half' };
      case 'status200BadJson': {
        const right = whole(process());
        return { ...right, body: String(right.body).slice(0, -20) };
      }
      case 'wrongCharset': {
        const right = whole(process());
        return {
          ...right,
          contentType: `${JSON_TYPE}; charset=utf-16le`,
          body: Buffer.from(String(right.body), 'utf16le'),
        };
      }
      case 'emptyId':
        return whole(this.service.withoutId(process()));
      case 'hugeBody':
        return { ...whole(process()), manner: 'huge', bytes: fault.bytes };
      case 'page502': {
        if (fault.processed) process();
        const body = '<html><body><center><h1>Bad Gateway</h1></center></body></html>';
        return { status: fault.status ?? 502, body, manner: 'whole', contentType: 'text/html' };
      }
      case 'redirect307':
        return {
          status: 307,
          body: '',
          manner: 'whole',
          headers: { location: `${this.url}${REDIRECTED_PATH}` },
        };
      case 'answer':
        if (fault.processed) process();
        return whole(fault.answer);
      default:
        return assertNever(fault);
    }
  }
}

function whole({ status, body, contentType, headers }: ScriptedAnswer): Answer {
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    manner: 'whole',
    contentType: contentType ?? JSON_TYPE,
    ...(headers !== undefined && { headers: { ...headers } }),
  };
}
