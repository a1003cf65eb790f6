import type { Answer } from './answer.js';
import type { Fault } from './faults.js';
import { whatsappError } from './graph-error.js';

const DEFAULT_ERROR_CODE = 131000;
const THROTTLE_CODE = 130429;
const DEFAULT_LATENCY_MS = 1000;
const REDIRECTED_PATH = '/simulator/redirected';

/** The answer of a call that a fault befell. `right` is what would have been answered: processed kinds distort it. */
export function faultAnswer(fault: Fault, right: Answer, selfPort: number): Answer {
  switch (fault.kind) {
    case 'latency':
      return { ...right, delayMs: (right.delayMs ?? 0) + (fault.delayMs ?? DEFAULT_LATENCY_MS) };
    case 'hang':
      return { ...right, manner: 'hang' };
    case 'resetBeforeRead':
    case 'resetAfterRead':
      return delayed(fault, { ...right, manner: 'reset' });
    case 'closeNoAnswer':
      return delayed(fault, { ...right, manner: 'close' });
    case 'halfBody':
      return delayed(fault, { ...right, manner: 'half' });
    case 'slowBytes':
      return { ...right, manner: 'slow', ...(fault.delayMs !== undefined && { byteDelayMs: fault.delayMs }) };
    case 'hugeBody':
      return delayed(fault, {
        ...right,
        manner: 'huge',
        ...(fault.bytes !== undefined && { bytes: fault.bytes }),
      });
    case 'status200BadJson':
      return delayed(fault, { ...right, status: 200, body: String(right.body).slice(0, -20) });
    case 'wrongCharset':
      return delayed(fault, {
        ...right,
        contentType: 'application/json; charset=utf-16le',
        body: Buffer.from(String(right.body), 'utf16le'),
      });
    case 'emptyId':
    case 'duplicateId':
      return delayed(fault, right);
    case 'error':
      return delayed(fault, errorAnswer(fault));
    case 'page502':
      return delayed(fault, pageAnswer(fault.status ?? 502));
    case 'redirect307':
      return delayed(fault, {
        status: fault.status ?? 307,
        body: '',
        manner: 'whole',
        headers: { location: fault.location ?? `http://localhost:${selfPort}${REDIRECTED_PATH}` },
      });
  }
}

/** Where a client that follows redirects comes out; the hits are counted. */
export function isRedirected(path: string): boolean {
  return path === REDIRECTED_PATH;
}

function delayed(fault: Fault, answer: Answer): Answer {
  return fault.delayMs === undefined ? answer : { ...answer, delayMs: fault.delayMs };
}

function errorAnswer(fault: Fault): Answer {
  const code =
    fault.code ?? (fault.status === 429 ? THROTTLE_CODE : fault.status === 401 ? 190 : DEFAULT_ERROR_CODE);
  const { status, body } = whatsappError(code, undefined, fault.status);
  const { retryAfterSeconds } = fault;
  return {
    status,
    body,
    manner: 'whole',
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  };
}

function pageAnswer(status: number): Answer {
  const title = `${status} ${status === 503 ? 'Service Unavailable' : status === 504 ? 'Gateway Time-out' : 'Bad Gateway'}`;
  return {
    status,
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    manner: 'whole',
    contentType: 'text/html',
  };
}
