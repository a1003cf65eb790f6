import { DomainError } from '../common/domain-error.js';

export class NoTemplatesError extends DomainError {
  constructor(name: string, provider: string) {
    super(
      'conflict',
      'no_templates',
      `Channel "${name}" is on ${provider}, which lists no templates: there is nothing to read. What it sends is not ` +
        'checked against a list.',
    );
  }
}

export class TemplatesUnreadError extends DomainError {
  constructor(name: string, code: string, reason: string) {
    super('bad-gateway', 'templates_unread', `The templates of channel "${name}" were not read: ${reason}`, {
      params: { providerCode: code },
    });
  }
}
