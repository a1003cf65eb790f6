/** A webhook taken off the backlog by one transaction. */
export interface ClaimedEvent {
  readonly id: string;
  /** Null when channels of several workspaces share the secret that signed it. */
  readonly workspaceId: string | null;
  readonly provider: string;
  readonly channelIds: readonly string[];
  readonly body: Buffer;
  /** The elements that an earlier visit left waiting; null: all of them. */
  readonly elements: readonly number[] | null;
  /** Whether it waited as long as anything may wait for its message to become known. */
  readonly isOverdue: boolean;
}
