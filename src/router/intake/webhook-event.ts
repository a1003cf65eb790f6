/** A webhook whose signature was right, as it is kept. */
export interface WebhookEvent {
  /** Null when channels of several workspaces share the secret. */
  readonly workspaceId: string | null;
  readonly provider: string;
  /** What proved it (a secret's fingerprint, a channel's id): the same bytes under another proof are another event. */
  readonly scope: string;
  readonly channelIds: readonly string[];
  readonly body: Buffer;
}
