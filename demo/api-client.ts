import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';

interface Problem {
  detail?: string;
  code?: string;
}

/** Caudal's REST API as any program would use it. */
export class ApiClient {
  constructor(
    readonly url: string,
    private readonly key: string,
    private readonly signal: AbortSignal,
  ) {}

  async get<T>(path: string): Promise<T> {
    return (await (await this.call('GET', path)).json()) as T;
  }

  async text(path: string): Promise<string> {
    return (await this.call('GET', path)).text();
  }

  async post<T>(path: string, body: object = {}): Promise<T> {
    const answer = await this.call('POST', path, JSON.stringify(body), {
      'content-type': 'application/json',
    });
    return (await answer.json()) as T;
  }

  async upload<T>(path: string, file: string, fields: Readonly<Record<string, string>>): Promise<T> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', await openAsBlob(file, { type: 'text/csv' }), basename(file));
    return (await (await this.call('POST', path, form)).json()) as T;
  }

  private async call(
    method: string,
    path: string,
    body?: string | FormData,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, ...headers },
      body,
      signal: this.signal,
    });
    if (answer.ok) return answer;
    const text = await answer.text();
    throw new Error(`${method} ${path} was answered ${answer.status}: ${detailOf(text)}`);
  }
}

function detailOf(text: string): string {
  try {
    const { detail, code } = JSON.parse(text) as Problem;
    return detail === undefined ? text : `${detail} (${code})`;
  } catch {
    return text;
  }
}
