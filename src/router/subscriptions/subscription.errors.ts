import { DomainError } from '../../common/domain-error.js';

export class SubscriptionMissingError extends DomainError {
  constructor(id: string) {
    super('missing', 'subscription_not_found', `There is no subscription ${id} in this workspace.`);
  }
}

export class DeliveryMissingError extends DomainError {
  constructor(id: string) {
    super(
      'missing',
      'delivery_not_found',
      `This subscription has no delivery "${id}"; one goes with its event, after CAUDAL_KEEP_EVENTS_DAYS.`,
    );
  }
}

export class EndpointRefusedError extends DomainError {
  constructor(url: string, fault: string) {
    const detail = `url "${url}" ${fault}`;
    super('invalid', 'endpoint_refused', detail, { errors: [{ pointer: '/url', detail }] });
  }
}

export class SubscriptionSecretError extends DomainError {
  constructor(fault: string) {
    const detail = `secret ${fault}`;
    super('invalid', 'validation_failed', detail, { errors: [{ pointer: '/secret', detail }] });
  }
}

export class SubscriptionLimitError extends DomainError {
  constructor(most: number) {
    super(
      'conflict',
      'subscription_limit',
      `This workspace has ${most} subscriptions, which is as many as it may have: each event is kept once for each of ` +
        'them. Delete one, or let one endpoint pass events on.',
    );
  }
}

export class SubscriptionDisabledError extends DomainError {
  constructor(reason: string | null) {
    super(
      'conflict',
      'subscription_disabled',
      `Nothing is sent to this subscription: ${reason ?? 'it is disabled.'} Mend its endpoint, then ` +
        'PATCH it with { "state": "active" }.',
    );
  }
}

export class ReplayRangeError extends DomainError {
  constructor(from: Date, to: Date) {
    const detail = `from "${from.toISOString()}" must lie before to "${to.toISOString()}"`;
    super('invalid', 'validation_failed', detail, { errors: [{ pointer: '/from', detail }] });
  }
}
