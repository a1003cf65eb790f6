import { DomainError } from '../common/domain-error.js';

export class TaskNotFoundError extends DomainError {
  constructor(id: string) {
    super('missing', 'task_not_found', `There is no task "${id.slice(0, 60)}" in this workspace.`);
  }
}

/** Nothing was stored: the same request may simply be sent again. */
export class MessagesUnavailableError extends DomainError {
  constructor(why: string) {
    super('unavailable', 'messages_unavailable', `${why} Nothing was stored; send it again.`, {
      retryAfterSeconds: 1,
    });
  }
}

/** The connection broke while it was written: sent again, the message might go out twice. */
export class MessageOutcomeUnknownError extends DomainError {
  constructor() {
    super(
      'unavailable',
      'message_outcome_unknown',
      'The database was lost while the message was written: whether it is stored, and will be sent, is not known.',
      { mayHaveTakenEffect: true },
    );
  }
}

export class ValuelessVariablesError extends DomainError {
  constructor(names: readonly string[]) {
    const [first] = names;
    const detail = `${names.map((name) => `{{${name}}}`).join(', ')} has no value: a single message has no columns to take one from`;
    super(
      'unprocessable',
      'missing_variables',
      `${detail}. Write the text as it is to be read, or give a default: {{${first}|…}}`,
      {
        errors: [{ pointer: '/content', detail }],
        params: { missing: names.map((name) => ({ name, rows: 1 })), recipients: 1 },
      },
    );
  }
}
