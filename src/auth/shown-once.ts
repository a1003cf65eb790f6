const KEPT = Symbol('the answer as it may be kept');

/** An answer of which only `kept` is stored for a repetition under the same Idempotency-Key: it shows a secret. */
export function shownOnce<Answer extends object>(answer: Answer, kept: object): Answer {
  Object.defineProperty(answer, KEPT, { value: kept });
  return answer;
}

/** What of an answer may be stored. */
export function keptOf(answer: unknown): unknown {
  return (answer as { [KEPT]?: object } | null | undefined)?.[KEPT] ?? answer;
}
