/** What is written about one call, guarded by its attempt. */
export interface Settlement {
  readonly seq: number;
  readonly attempt: number;
  readonly state: 'accepted' | 'failed' | 'unknown' | 'pending';
  /** 1 when the outcome spends a try. */
  readonly triesSpent: 0 | 1;
  /** For `pending`: so long from now on; null: at once. Never an instant, for clocks of workers may be wrong. */
  readonly againInMs: number | null;
  readonly providerId: string | null;
  /** Null for a clean acceptance, which leaves no row in attempts. */
  readonly trail: { readonly outcome: string; readonly code: string; readonly reason: string } | null;
}
