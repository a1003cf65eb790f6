import { Injectable } from '@nestjs/common';
import { Keyring } from '../../common/keyring.js';
import { Sealing } from '../../common/sealing.js';
import type { Secrets, SubscriptionKey } from './subscription.js';

/** The secrets of a subscription at rest. */
@Injectable()
export class SealedSecrets {
  private readonly sealing: Sealing;

  constructor(keyring: Keyring) {
    this.sealing = new Sealing(keyring.derive('subscription-secrets'));
  }

  seal(secrets: Secrets, owner: SubscriptionKey): Buffer {
    return this.sealing.seal(JSON.stringify(secrets), placeOf(owner));
  }

  open(sealed: Buffer, owner: SubscriptionKey): Secrets {
    const text = this.sealing.open(sealed, placeOf(owner));
    if (text === undefined) {
      throw new Error(
        `the secrets of subscription ${owner.id} do not open: CAUDAL_MASTER_KEY is not the one that sealed them, ` +
          'or they were moved here from another subscription',
      );
    }
    return JSON.parse(text) as Secrets;
  }
}

function placeOf({ workspaceId, id }: SubscriptionKey): string {
  return `subscriptions.sealed_secrets/${workspaceId}/${id}`;
}
