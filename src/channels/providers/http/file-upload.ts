import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import type { MediaUpload } from '../provider-answers.js';
import { callFault, DEADLINE_AFTER_SENDING } from './call-faults.js';
import type { HttpResult } from './http-result.js';

export interface FormUpload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Fields before the file. */
  readonly fields: Readonly<Record<string, string>>;
  /** The form's name of the file. */
  readonly fileField: string;
  readonly upload: MediaUpload;
  readonly deadlineMs: number;
}

/** No answer to an upload is longer; the rest is not read. */
const MOST_ANSWER_BYTES = 65_536;

/** A multipart form with one file, streamed with its length said, so that nothing of it is ever held whole. */
export async function uploadForm(form: FormUpload, agent: Dispatcher): Promise<HttpResult> {
  const boundary = `caudal-${randomUUID()}`;
  const head = Buffer.from(headOf(form, boundary));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const deadline = AbortSignal.timeout(Math.ceil(form.deadlineMs));
  const { file, bytes } = form.upload;
  try {
    const answer = await request(form.url, {
      method: 'POST',
      dispatcher: agent,
      signal: deadline,
      headers: {
        ...form.headers,
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': String(head.length + bytes + tail.length),
      },
      body: Readable.from(partsOf(head, file, tail), { objectMode: false }),
    });
    return {
      kind: 'answer',
      status: answer.statusCode,
      headers: answer.headers,
      body: await textOf(answer.body),
    };
  } catch (error) {
    return { kind: 'failure', fault: deadline.aborted ? DEADLINE_AFTER_SENDING : callFault(error, false) };
  } finally {
    file.destroy();
  }
}

async function* partsOf(head: Buffer, file: Readable, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  for await (const chunk of file) yield chunk as Buffer;
  yield tail;
}

function headOf({ fields, fileField, upload }: FormUpload, boundary: string): string {
  const texts = Object.entries(fields).map(
    ([name, value]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${lineOf(value)}\r\n`,
  );
  const file =
    `--${boundary}\r\nContent-Disposition: form-data; name="${fileField}"; filename="${quoted(upload.fileName)}"\r\n` +
    `Content-Type: ${lineOf(upload.mimeType)}\r\n\r\n`;
  return texts.join('') + file;
}

/** A name that somebody gave may hold nothing that ends its header. */
function quoted(name: string): string {
  return lineOf(name).replaceAll('"', '%22');
}

function lineOf(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_ANSWER_BYTES) break;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
