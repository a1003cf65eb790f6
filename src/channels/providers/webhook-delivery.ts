/** A webhook as it was stored: enough to read it again whatever the provider. */
export interface WebhookDelivery {
  readonly body: Buffer;
  /** As it came, in lower case without parameters ("application/json"); null where none came. */
  readonly contentType: string | null;
  /** The query of the address that was called, without "?"; empty where there was none. */
  readonly query: string;
  /** When it came in: the time of what says none of its own, whenever it is read. */
  readonly receivedAt: Date;
}

export class UnreadableBodyError extends Error {}

/** Throws UnreadableBodyError. */
export function readJsonBody({ body }: WebhookDelivery): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new UnreadableBodyError('the body is not JSON');
  }
}
