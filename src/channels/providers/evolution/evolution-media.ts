import { once } from 'node:events';
import { pipeline, type Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { callFault } from '../http/call-faults.js';
import type { MediaDownload } from '../provider-answers.js';
import { member, parseJson, textOf, wholeNumber } from '../json-reader.js';
import { Base64Member, MediaTooLargeError, MediaUnreadableError } from './base64-member.js';
import { readEvolutionError } from './evolution-answer.js';

export interface MediaRequest {
  /** Of the call that fetches and decrypts a file. */
  readonly url: string;
  readonly apiKey: string;
  readonly messageId: string;
  /** Total, to the last byte. */
  readonly deadlineMs: number;
  readonly maxBytes: number;
}

const MOST_OF_AN_ERROR = 65_536;

const UNREADABLE: MediaDownload = {
  kind: 'failed',
  code: 'bad_answer',
  reason: 'The answer of Evolution API holds no file.',
};

/** The file of a message, which Evolution fetches from WhatsApp, decrypts, and answers as a text within JSON. */
export async function openEvolutionMedia(file: MediaRequest, agent: Dispatcher): Promise<MediaDownload> {
  const deadline = AbortSignal.timeout(file.deadlineMs);
  try {
    return await opened(file, agent, deadline);
  } catch (error) {
    if (error instanceof MediaUnreadableError) return UNREADABLE;
    if (deadline.aborted)
      return { kind: 'failed', code: 'timeout', reason: 'The file did not come in time.' };
    const { code, what } = callFault(error, false);
    return { kind: 'failed', code, reason: `${what}.` };
  }
}

async function opened(file: MediaRequest, agent: Dispatcher, signal: AbortSignal): Promise<MediaDownload> {
  const { statusCode, body } = await request(file.url, {
    method: 'POST',
    dispatcher: agent,
    headers: { apikey: file.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ message: { key: { id: file.messageId } } }),
    signal,
  });
  if (statusCode !== 200 && statusCode !== 201) {
    const error = readEvolutionError(statusCode, await beginningOf(body));
    // Evolution keeps a message for as long as it is set up to.
    if (error?.texts.includes('Message not found') === true) return { kind: 'gone' };
    const reason = `Evolution API answered HTTP ${statusCode} when it was asked for the file.`;
    return { kind: 'failed', code: `http_${statusCode}`, reason };
  }
  let head: unknown;
  const decoded = new Base64Member(file.maxBytes, (json) => (head = parseJson(json)));
  // Whoever reads hears of a fault from the stream itself.
  pipeline(body, decoded, () => undefined);
  try {
    await once(decoded, 'readable', { signal });
  } catch (error) {
    if (error instanceof MediaTooLargeError) return { kind: 'too_large', bytes: sizeOf(head) };
    throw error;
  }
  if (head === undefined) {
    decoded.on('error', () => undefined).destroy();
    return UNREADABLE;
  }
  const bytes = sizeOf(head);
  if (bytes !== null && bytes > file.maxBytes) {
    decoded.on('error', () => undefined).destroy();
    return { kind: 'too_large', bytes };
  }
  return { kind: 'media', body: decoded, mimeType: textOf(member(head, 'mimetype')) ?? null, bytes };
}

/** As a number, as a text, or as the two halves of a 64-bit number. */
function sizeOf(head: unknown): number | null {
  const length = member(member(head, 'size'), 'fileLength');
  return wholeNumber(length) ?? wholeNumber(member(length, 'low')) ?? null;
}

async function beginningOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_OF_AN_ERROR) break;
  }
  return Buffer.concat(chunks).toString();
}
