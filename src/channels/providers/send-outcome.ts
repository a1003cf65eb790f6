/** What a message's failure says about whom it concerns; see docs/providers for each provider's table. */
export type FailureClass =
  | 'permanent_recipient'
  | 'window_closed'
  | 'deferred_recipient'
  | 'permanent_message'
  | 'permanent_config'
  | 'auth_stop'
  | 'account_stop'
  | 'transient'
  | 'transient_media'
  | 'session_down';

interface Because {
  /** The provider's code ("131026") or ours ("connect_refused"); stable, kept in the ledger. */
  readonly code: string;
  /** A sentence for people; never holds a phone number, a body or a credential. */
  readonly reason: string;
}

/**
 * What one call to a provider came to. The engine acts on `kind` alone:
 * - accepted: the provider took the message; `providerId` is null where it gives none.
 * - rejected: it refused for good; the message fails. `suppress` when it says that the person must not be written to.
 * - retryable: a documented "not accepted, try later"; spends a try.
 * - throttled: a documented "too fast"; spends none. scope number/app holds the channel, pair only this recipient.
 * - unavailable: proved not to have been sent (name look-up, connect, TLS, local refusal); spends none.
 * - blocked: refused because the channel itself is unusable (token, account, session); the message goes back, the
 *   channel is held until a person or a recovery lifts it.
 * - unknown: nobody can tell. Never sent again by itself.
 * `speaksOfHealth` says whether the shared breaker counts it as a failure of the provider.
 */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly providerId: string | null; readonly alias?: string }
  | ({
      readonly kind: 'rejected';
      readonly failureClass: FailureClass;
      readonly suppress?: boolean;
    } & Because)
  | ({
      readonly kind: 'retryable';
      readonly failureClass: FailureClass;
      readonly retryAfterMs?: number;
    } & Because)
  | ({
      readonly kind: 'throttled';
      readonly scope: 'number' | 'app' | 'pair';
      readonly retryAfterMs: number;
    } & Because)
  | ({ readonly kind: 'unavailable'; readonly speaksOfHealth: boolean } & Because)
  | ({ readonly kind: 'blocked'; readonly failureClass: FailureClass } & Because)
  | ({ readonly kind: 'unknown'; readonly speaksOfHealth: boolean } & Because);
