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

/** What to throw for an error that reading a multipart form ended with. */
export function formFault(error: unknown): unknown {
  return error instanceof Error && MALFORMED.test(error.message)
    ? notMultipart(`the form is broken: ${error.message}`)
    : error;
}
