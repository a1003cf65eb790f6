import { DomainError } from '../../common/domain-error.js';

export class BadSignatureError extends DomainError {
  constructor() {
    super(
      'unauthorized',
      'bad_signature',
      'The signature is missing or is not that of a known secret over exactly these bytes; ' +
        'X-Hub-Signature-256 must be "sha256=" and the lower-case hex HMAC-SHA256 of the body under the app secret.',
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
