import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import type { MediaDownload } from '../provider-answers.js';
import { callFault } from './call-faults.js';

export interface FileRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Total, to the last byte. */
  readonly deadlineMs: number;
  readonly maxBytes: number;
}

/**
 * A file as it comes, never held: `body` fails when more bytes come than were allowed, or not all of them in time. No
 * redirect is followed, for the headers hold a credential.
 */
export async function downloadFile(file: FileRequest, agent: Dispatcher): Promise<MediaDownload> {
  const deadline = AbortSignal.timeout(Math.ceil(file.deadlineMs));
  let answer: Dispatcher.ResponseData;
  try {
    answer = await request(file.url, { dispatcher: agent, headers: file.headers, signal: deadline });
  } catch (error) {
    return failedBy(error, deadline);
  }
  const { statusCode, headers, body } = answer;
  const bytes = lengthOf(headers['content-length']);
  if (statusCode !== 200) {
    drop(body);
    if (statusCode === 404 || statusCode === 410) return { kind: 'gone' };
    const reason = `What should have given the file answered HTTP ${statusCode}.`;
    return { kind: 'failed', code: `http_${statusCode}`, reason };
  }
  if (bytes !== null && bytes > file.maxBytes) {
    drop(body);
    return { kind: 'too_large', bytes };
  }
  const mimeType = headers['content-type'];
  return {
    kind: 'media',
    body: atMost(file.maxBytes, body),
    mimeType: typeof mimeType === 'string' ? mimeType : null,
    bytes,
  };
}

/** Raised into the stream of a file that is larger than its length said, or said none. */
export class FileTooLargeError extends Error {}

function atMost(maxBytes: number, body: Readable): Readable {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new FileTooLargeError(`the file has more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
  // Whoever reads hears of a fault from the stream itself.
  pipeline(body, counted, () => undefined);
  return counted;
}

/** Nobody reads it; without a listener its abort would be an error that nobody handles. */
function drop(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}

function failedBy(error: unknown, deadline: AbortSignal): MediaDownload {
  if (deadline.aborted) {
    return { kind: 'failed', code: 'timeout', reason: 'The file did not come in time.' };
  }
  const { code, what } = callFault(error, false);
  return { kind: 'failed', code, reason: `${what}.` };
}

function lengthOf(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
