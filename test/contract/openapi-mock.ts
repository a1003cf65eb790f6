import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ApiDocument } from './openapi-document.js';

/** A server made from an OpenAPI document: it refuses what the document does not describe, and answers by its examples. */
export class OpenApiMock {
  /** Operations that were called rightly, as `POST /api/sendText`. */
  readonly calls: string[] = [];
  /** What was wrong with the other calls. */
  readonly refusals: string[] = [];

  private constructor(
    private readonly document: ApiDocument,
    private readonly server: Server,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.serve(request, response);
    });
  }

  static async start(document: ApiDocument): Promise<OpenApiMock> {
    const server = createServer();
    const mock = new OpenApiMock(document, server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return mock;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', this.url);
    const { method = '', headers } = request;
    const verdict = this.document.judge({
      method,
      path: pathname,
      query,
      headers,
      body: await text(request),
    });
    response.statusCode = verdict.status;
    response.setHeader('content-type', 'application/json');
    if (verdict.kind === 'right') {
      this.calls.push(verdict.operation);
      response.end(JSON.stringify(verdict.answer));
    } else {
      this.refusals.push(...verdict.faults.map((fault) => `${method} ${pathname}: ${fault}`));
      response.end(JSON.stringify({ faults: verdict.faults }));
    }
  }
}
