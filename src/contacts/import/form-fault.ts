import { DomainError } from '../../common/domain-error.js';

export function notMultipart(what: string): DomainError {
  return new DomainError(
    'invalid',
    'not_multipart',
    `${what}; send the file as multipart/form-data, in the part "file"`,
  );
}

/** The parser throws plain errors for what the client wrote, and nothing but their text tells them from ours. */
const MALFORMED = /^(?:multipart: |malformed |unexpected end|(?:part|header) terminated|the needle )/i;

/** The client went away in the middle. With the same code Postgres is lost, and this is not that. */
const BROKEN_OFF = 'ECONNRESET';

/** What to throw for an error that reading a multipart form ended with. */
export function formFault(error: unknown): unknown {
  if ((error as { code?: unknown } | null)?.code === BROKEN_OFF) return notMultipart('the upload broke off');
  return error instanceof Error && MALFORMED.test(error.message)
    ? notMultipart(`the form is broken: ${error.message}`)
    : error;
}
