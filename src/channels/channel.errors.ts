import { DomainError } from '../common/domain-error.js';

export class ChannelMissingError extends DomainError {
  constructor(id: string) {
    super('missing', 'channel_not_found', `There is no channel ${id} in this workspace.`);
  }
}

export class UnknownProviderError extends DomainError {
  constructor(name: string, known: readonly string[]) {
    const detail = `is ${JSON.stringify(name)}; it must be one of ${known.join(', ')}`;
    super('invalid', 'validation_failed', `provider ${detail}.`, {
      errors: [{ pointer: '/provider', detail }],
    });
  }
}

export class ChannelNameTakenError extends DomainError {
  constructor(name: string) {
    const detail = `a channel named "${name}" exists already (upper and lower case are the same); choose another name`;
    super('conflict', 'channel_name_taken', `There is ${detail}.`, {
      errors: [{ pointer: '/name', detail }],
    });
  }
}

export class ChannelNumberTakenError extends DomainError {
  constructor(accountRef: string | null) {
    super(
      'conflict',
      'channel_number_taken',
      `Another channel of this workspace sends from ${accountRef} already. Two on one number would each spend its ` +
        'limits; use or change that one.',
    );
  }
}

export class ChannelInUseError extends DomainError {
  constructor(name: string, batches: number) {
    super(
      'conflict',
      'channel_in_use',
      `Channel "${name}" still has ${batches} batches of messages to send: stop their campaigns, and let single messages go out.`,
      { params: { batches } },
    );
  }
}
