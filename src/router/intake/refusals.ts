import { isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { classOfAddress } from '../../channels/address-rules.js';
import { Clock } from '../../common/clock.js';
import { Config } from '../../config/config.js';

interface Refused {
  count: number;
  readonly untilMs: number;
}

const MINUTE_MS = 60_000;
/** A provider posts for all its customers from few addresses: one wrong secret must not close them for the right ones. */
const TRUSTED_AFTER_PROOF_MS = 10 * MINUTE_MS;
const MOST_ADDRESSES = 10_000;
const MOST_PROVED = 1000;
/** Of what is kept of an address. */
const MOST_CHARACTERS = 64;

/**
 * Who posts webhooks that nothing proves, by address: after so many in a minute its next ones are not even read, so
 * that a flood costs neither memory nor hashing. An address that proved a webhook lately goes on being heard, and so
 * does every address of a private network: it may be a proxy that nobody told us of, and all the world behind it.
 * Bounded: when full, the one that was noted first is forgotten.
 */
@Injectable()
export class Refusals {
  private readonly refused = new Map<string, Refused>();
  private readonly proved = new Map<string, number>();
  private readonly mostAMinute: number;

  constructor(
    private readonly clock: Clock,
    config: Config,
  ) {
    this.mostAMinute = config.webhookRefusalsPerMinute;
  }

  /** For how many seconds this address is not listened to; 0: it is. */
  waitSeconds(address: string): number {
    if (this.refused.size === 0) return 0;
    const entry = this.refused.get(networkOf(address));
    if (entry === undefined || entry.count < this.mostAMinute) return 0;
    const nowMs = this.clock.nowMs();
    if (nowMs >= entry.untilMs || this.isTrusted(address, nowMs)) return 0;
    return Math.ceil((entry.untilMs - nowMs) / 1000);
  }

  note(address: string): void {
    // A proxy may pass on what is no address at all.
    if (isIP(address) !== 0 && classOfAddress(address) !== 'public') return;
    const network = networkOf(address);
    const nowMs = this.clock.nowMs();
    const entry = this.refused.get(network);
    if (entry !== undefined && nowMs < entry.untilMs) {
      entry.count += 1;
      return;
    }
    this.refused.delete(network);
    forgetFirst(this.refused, MOST_ADDRESSES);
    this.refused.set(network, { count: 1, untilMs: nowMs + MINUTE_MS });
  }

  noteProof(from: string): void {
    const address = from.slice(0, MOST_CHARACTERS);
    const nowMs = this.clock.nowMs();
    const sinceMs = this.proved.get(address);
    if (sinceMs !== undefined && nowMs - sinceMs < MINUTE_MS) return;
    this.proved.delete(address);
    forgetFirst(this.proved, MOST_PROVED);
    this.proved.set(address, nowMs);
  }

  private isTrusted(address: string, nowMs: number): boolean {
    return nowMs - (this.proved.get(address.slice(0, MOST_CHARACTERS)) ?? -Infinity) < TRUSTED_AFTER_PROOF_MS;
  }
}

function forgetFirst(map: Map<string, unknown>, most: number): void {
  const [first] = map.keys();
  if (map.size >= most && first !== undefined) map.delete(first);
}

/** A household has 2^64 addresses of IPv6, and one of IPv4. */
function networkOf(address: string): string {
  if (isIP(address) !== 6 || address.includes('.')) return address.slice(0, MOST_CHARACTERS);
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
