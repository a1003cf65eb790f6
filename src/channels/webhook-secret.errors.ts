import { DomainError } from '../common/domain-error.js';

export class WebhookSecretUnusedError extends DomainError {
  constructor(name: string, provider: string) {
    super(
      'conflict',
      'webhook_secret_unused',
      `Channel "${name}" needs no webhook secret: ${provider} signs its webhooks, and they are proved by that.`,
    );
  }
}
