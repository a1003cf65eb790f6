/** Where a webhook came in and what its proof allows it to touch: the same for all that come the same way. */
export interface WebhookSource {
  /** Null when channels of several workspaces share the secret. */
  readonly workspaceId: string | null;
  readonly provider: string;
  /** What proved it (a secret's fingerprint, a channel's id): the same bytes under another proof are another event. */
  readonly scope: string;
  /** Those known to belong to it when it came; more may have got the same secret since. */
  readonly channelIds: readonly string[];
  /** The channel whose own address was called; null at the address that channels share. */
  readonly addressChannelId: string | null;
  /** Whether the provider brings it again, for hours, when it is not answered 200. */
  readonly isRepeated: boolean;
}

/** The scope of what was signed with the app secret of this fingerprint. */
export function scopeOfSecret(fingerprint: string): string {
  return `secret:${fingerprint}`;
}

/** A webhook that was proved, as it is kept. */
export interface WebhookEvent {
  readonly source: WebhookSource;
  /** In lower case, without parameters. */
  readonly contentType: string | null;
  /** Of the address that was called, without "?". */
  readonly query: string;
  /** 0: something that a person wrote or wants, applied before all else; 1: the rest. */
  readonly lane: 0 | 1;
  /** By the clock of the machine that took it, which is the one that stores it, however much later. */
  readonly arrivedAtMs: number;
  readonly body: Buffer;
}
