import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { classOfAddress } from '../../channels/address-rules.js';
import { AddressTally } from '../../common/address-tally.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';

const MINUTE_MS = 60_000;
/** A provider posts for all its customers from few addresses: one wrong secret must not close them for the right ones. */
const TRUSTED_AFTER_PROOF_MS = 10 * MINUTE_MS;
const MOST_PROVED = 1000;
/** Of what is kept of an address. */
const MOST_CHARACTERS = 64;

/**
 * Who posts webhooks that nothing proves, by address: after so many in a minute its next ones are not even read, so
 * that a flood costs neither memory nor hashing. An address that proved a webhook lately goes on being heard, and so
 * does every address of a private network: it may be a proxy that nobody told us of, and all the world behind it.
 */
@Injectable()
export class Refusals {
  private readonly refused: AddressTally;
  private readonly proved = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    config: Config,
  ) {
    this.refused = new AddressTally(clock, config.webhookRefusalsPerMinute);
  }

  /** For how many seconds this address is not listened to; 0: it is. */
  waitSeconds(address: string): number {
    const waitSeconds = this.refused.waitSeconds(address);
    return waitSeconds > 0 && this.isTrusted(address) ? 0 : waitSeconds;
  }

  note(address: string): void {
    // A proxy may pass on what is no address at all.
    if (isIP(address) !== 0 && classOfAddress(address) !== 'public') return;
    this.refused.note(address);
  }

  noteProof(from: string): void {
    const address = from.slice(0, MOST_CHARACTERS);
    const nowMs = this.clock.nowMs();
    const sinceMs = this.proved.get(address);
    if (sinceMs !== undefined && nowMs - sinceMs < MINUTE_MS) return;
    this.proved.delete(address);
    const [first] = this.proved.keys();
    if (this.proved.size >= MOST_PROVED && first !== undefined) this.proved.delete(first);
    this.proved.set(address, nowMs);
  }

  private isTrusted(address: string): boolean {
    const provedAtMs = this.proved.get(address.slice(0, MOST_CHARACTERS)) ?? -Infinity;
    return this.clock.nowMs() - provedAtMs < TRUSTED_AFTER_PROOF_MS;
  }
}
