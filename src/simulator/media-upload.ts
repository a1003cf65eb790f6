import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parameterError } from './graph-error.js';
import { answerJson, answerText } from './http-answer.js';

/** The largest file that the service takes of any kind. */
const MOST_BYTES = 101 * 1024 * 1024;
const MULTIPART = /^multipart\/form-data; *boundary=/i;

/** `POST /{phoneNumberId}/media`: the file is counted and forgotten; any id is good for sending. */
export function takeMedia(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0;
  request.on('data', (piece: Buffer) => {
    bytes += piece.length;
  });
  request.on('end', () => {
    if (MULTIPART.test(request.headers['content-type'] ?? '') && bytes <= MOST_BYTES) {
      answerJson(response, 200, { id: String(randomInt(1e12, 1e13)) });
      return;
    }
    const { status, body } = parameterError('The parameter file is required, as a form of at most 100 MB.');
    answerText(response, status, body, 'application/json; charset=UTF-8');
  });
}
