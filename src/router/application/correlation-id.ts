/** The message and attempt that a provider's echo names. */
export interface CorrelatedMessage {
  /** A bigint of Postgres, so a text here. */
  readonly dispatchId: string;
  readonly seq: number;
  readonly attempt: number;
}

const FORM = /^([1-9]\d{0,18}):([1-9]\d{0,9}):([1-9]\d{0,4})$/;
const MOST_DISPATCH = 2n ** 63n - 1n;
const MOST_SEQ = 2 ** 31 - 1;
const MOST_ATTEMPT = 2 ** 15 - 1;

/**
 * Reads `<dispatch>:<seq>:<attempt>`; null for everything else. Strict to the range of each column: a number that
 * does not fit would fail the statement, and with it every status that is applied beside it.
 */
export function readCorrelationId(text: string | null): CorrelatedMessage | null {
  const parts = text === null ? null : FORM.exec(text);
  if (parts === null) return null;
  const [, dispatchId, seq, attempt] = parts as unknown as [string, string, string, string];
  const isInRange =
    BigInt(dispatchId) <= MOST_DISPATCH && Number(seq) <= MOST_SEQ && Number(attempt) <= MOST_ATTEMPT;
  return isInRange ? { dispatchId, seq: Number(seq), attempt: Number(attempt) } : null;
}
