import { DomainError } from '../common/domain-error.js';

export class NothingToRestartError extends DomainError {
  constructor(name: string, provider: string) {
    super(
      'conflict',
      'nothing_to_restart',
      `Channel "${name}" is on ${provider}, which keeps no session: each message is a call of its own and there is ` +
        'nothing to restart. If it does not send, its status says why; a hold is lifted with ' +
        'POST /api/channels/:id/lift-hold, a breaker closed with POST /api/channels/:id/breaker.',
    );
  }
}

export class SessionNeedsPersonError extends DomainError {
  constructor(name: string, code: string, reason: string) {
    super(
      'conflict',
      'session_needs_person',
      `No restart helps channel "${name}": ${reason} If a code must be scanned, GET /api/channels/:id/qr has it.`,
      { params: { providerCode: code } },
    );
  }
}

export class RestartFailedError extends DomainError {
  constructor(name: string, code: string, reason: string) {
    super('bad-gateway', 'restart_failed', `Channel "${name}" was not restarted: ${reason}`, {
      params: { providerCode: code },
    });
  }
}

export class NothingToLinkError extends DomainError {
  constructor(name: string, provider: string) {
    super(
      'conflict',
      'nothing_to_link',
      `Channel "${name}" is on ${provider}, which shows no code: no phone is linked to it here. Its status says whether ` +
        'it is connected.',
    );
  }
}

export class LinkCodeFailedError extends DomainError {
  constructor(name: string, why: string) {
    super(
      'bad-gateway',
      'link_code_failed',
      `The provider gave no code to link channel "${name}": ${why} Its status says whether it can be reached.`,
    );
  }
}
