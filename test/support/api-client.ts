import type { Readable } from 'node:stream';
import { request } from 'undici';

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** Calls the API as a client does: JSON in, JSON out, with the key. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    private readonly key: string,
  ) {}

  /** For those who write their requests by hand. */
  get authorization(): string {
    return `Bearer ${this.key}`;
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  post<T>(path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.call<T>('POST', path, body, headers);
  }

  patch<T>(path: string, body: object): Promise<Answer<T>> {
    return this.call<T>('PATCH', path, body);
  }

  /** A multipart form with one file. */
  async upload<T>(
    path: string,
    file: { name: string; text: string },
    fields: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([file.text], { type: 'text/csv' }), file.name);
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.key}` },
      body: form,
    });
    return { status: answer.status, body: (await answer.json()) as T };
  }

  /** Whatever answers, JSON or not. */
  async request(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT',
    path: string,
    body?: object,
  ): Promise<{ status: number; text: string }> {
    const answer = await request(`${this.baseUrl}${path}`, {
      method,
      headers: {
        authorization: this.authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  /** A body as it is, of any type and as long as it likes. */
  async send<T>(
    path: string,
    contentType: string,
    body: Readable,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const answer = await request(`${this.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: this.authorization, 'content-type': contentType, ...headers },
      body,
      bodyTimeout: 0,
      headersTimeout: 0,
    });
    return { status: answer.statusCode, body: (await answer.body.json()) as T };
  }

  private async call<T>(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: object,
    headers = {},
  ): Promise<Answer<T>> {
    const answer = await request(`${this.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: (text === '' ? null : JSON.parse(text)) as T };
  }
}
