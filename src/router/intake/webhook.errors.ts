import { DomainError } from '../../common/domain-error.js';

export class BadSignatureError extends DomainError {
  constructor() {
    super(
      'unauthorized',
      'bad_signature',
      'Nothing proves this webhook: its signature is missing or is not that of a known secret over exactly these bytes ' +
        '(Cloud API: X-Hub-Signature-256 must be "sha256=" and the lower-case hex HMAC-SHA256 of the body under the app ' +
        'secret), or, where the provider signs nothing, the secret of the channel is missing or wrong.',
    );
  }
}

export class HandshakeRefusedError extends DomainError {
  constructor() {
    super(
      'forbidden',
      'bad_verify_token',
      "hub.mode must be subscribe, and hub.verify_token must be a channel's verifyToken.",
    );
  }
}

/** Nothing was promised: the provider keeps the webhook and brings it again. */
export class IntakeUnavailableError extends DomainError {
  constructor(detail: string) {
    super('unavailable', 'intake_unavailable', detail, { retryAfterSeconds: 5 });
  }
}

export class RefusedTooOftenError extends DomainError {
  constructor(waitSeconds: number) {
    super(
      'too-many',
      'too_many_requests',
      `Too many webhooks from this address proved nothing; the next is read in ${waitSeconds} s.`,
      { retryAfterSeconds: waitSeconds },
    );
  }
}

export class NormalisedBodyError extends DomainError {
  constructor(pointer: string, detail: string) {
    super('invalid', 'bad_webhook_body', `The body must be { messages, metadata }: ${detail}.`, {
      errors: [{ pointer, detail }],
    });
  }
}

export class NumberUnknownError extends DomainError {
  constructor(given: string, known: readonly string[]) {
    const names = known.length === 0 ? 'none' : known.slice(0, 10).join(', ');
    const detail = `no Cloud API channel of this workspace has the phone_number_id "${given}"; known: ${names}`;
    super('unprocessable', 'unknown_number', `metadata.phone_number_id: ${detail}.`, {
      errors: [{ pointer: '/metadata/phone_number_id', detail }],
      params: { known: known.slice(0, 10) },
    });
  }
}
