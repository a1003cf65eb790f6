import type { ProviderRegistry } from '../../channels/provider-registry.js';
import type { KnownChannels } from '../../channels/webhook-secrets.js';
import { scopeOfSecret } from '../intake/webhook-event.js';
import type { ClaimedEvent } from './claimed-event.js';
import type { Actionable } from './webhook-body.js';

/** The account of each channel that is still there. */
export type Accounts = ReadonlyMap<string, string | null>;

/** Which channels webhooks may touch, as far as this process knew when it asked last. */
export class ProvenChannels {
  private readonly bySecret = new Map<string, readonly string[]>();
  /** By channel, the account that it belongs to with others, where its provider has such and its settings say which. */
  private readonly owners = new Map<string, string>();

  constructor(
    private readonly known: KnownChannels,
    providers: Pick<ProviderRegistry, 'of'>,
  ) {
    for (const { fingerprint, channels } of known.secrets) {
      this.bySecret.set(
        scopeOfSecret(fingerprint),
        channels.map((channel) => channel.channelId),
      );
    }
    for (const { channelId, provider, settings } of known.channels.values()) {
      const owner = providers.of(provider).wabaRef?.(settings);
      if (owner) this.owners.set(channelId, owner);
    }
  }

  /** The channels that were known to have its secret when it came, and those that have it by now. */
  allowedTo({ scope, channelIds }: ClaimedEvent): readonly string[] {
    const now = scope === null ? undefined : this.bySecret.get(scope);
    if (now === undefined || isSame(now, channelIds)) return channelIds;
    return [...new Set([...channelIds, ...now])];
  }

  /**
   * Those of `allowed` with the account that is named; what is said of an account of many numbers concerns all of them;
   * what names none is the address's own.
   */
  named(
    { addressChannelId }: ClaimedEvent,
    update: Actionable,
    allowed: readonly string[],
    accounts: Accounts,
  ): readonly string[] {
    const { accountRef } = update;
    const owner = 'wabaRef' in update ? update.wabaRef : undefined;
    if (accountRef === null && owner !== undefined)
      return allowed.filter((channelId) => this.owners.get(channelId) === owner);
    if (accountRef !== null) return allowed.filter((channelId) => accounts.get(channelId) === accountRef);
    return addressChannelId !== null && accounts.has(addressChannelId) ? [addressChannelId] : [];
  }

  /** Whether a channel that was there when this came may be missing here; at a channel's own address no other counts. */
  mayLackChannelOf({ addressChannelId, waitedMs }: ClaimedEvent): boolean {
    return addressChannelId === null && performance.now() - this.known.askedAtMs >= waitedMs;
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}
