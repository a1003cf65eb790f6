import type { CallFault } from './call-faults.js';

/** By lower-case name. */
export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** A whole answer, whatever its status. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Empty of a success (2xx): nobody needs them, and reading them would cost every message. */
  readonly headers: HttpHeaders;
  readonly body: string;
}

/** No whole answer. `fault` says whether that proves that nothing was sent. */
export interface HttpFailure {
  readonly kind: 'failure';
  readonly fault: CallFault;
}

export type HttpResult = HttpAnswer | HttpFailure;
