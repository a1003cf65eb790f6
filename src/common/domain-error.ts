/** One fault of one field: `pointer` is a JSON pointer into the request ("/limits/perSecond"). */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** How the outside should understand an error; the problem filter turns it into an HTTP status. */
export type ErrorKind =
  | 'invalid'
  | 'unprocessable'
  | 'unauthorized'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'too-large'
  | 'too-many'
  | 'too-slow'
  | 'unavailable'
  /** The disk is full. */
  | 'no-room'
  /** A provider did not do what it was asked for. */
  | 'bad-gateway';

export interface DomainErrorDetails {
  readonly errors?: readonly FieldError[];
  /** Further members of the problem document, e.g. `{ known: ['ventas'] }`. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  /** Whether what was asked for was done is not known: an Idempotency-Key must not let it be done again. */
  readonly mayHaveTakenEffect?: boolean;
}

/**
 * An outcome that the caller can act on. `code` is stable and documented (docs/errors.md);
 * `message` says which value was wrong and what would be right. Knows nothing of HTTP.
 */
export class DomainError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly details: DomainErrorDetails = {},
  ) {
    super(message);
    this.name = 'DomainError';
  }
}
