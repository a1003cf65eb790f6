/** What is written about one call, guarded by its attempt. */
export interface Settlement {
  readonly seq: number;
  readonly attempt: number;
  readonly state: 'accepted' | 'failed' | 'unknown' | 'pending';
  /** 1 when the outcome spends a try. */
  readonly triesSpent: 0 | 1;
  /** For `pending`: not before this instant (epoch milliseconds); null: at once. */
  readonly notBeforeMs: number | null;
  readonly providerId: string | null;
  /** Null for a clean acceptance, which leaves no row in attempts. */
  readonly trail: { readonly outcome: string; readonly code: string; readonly reason: string } | null;
}
