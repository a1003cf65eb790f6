import { isIP } from 'node:net';
import type { Clock } from './clock.js';

interface Noted {
  count: number;
  readonly untilMs: number;
}

const MINUTE_MS = 60_000;
const MOST_ADDRESSES = 10_000;
/** Of what is kept of an address. */
const MOST_CHARACTERS = 64;

/** How often something came from each address in its minute. Bounded: when full, the one noted first is forgotten. */
export class AddressTally {
  private readonly noted = new Map<string, Noted>();

  constructor(
    private readonly clock: Clock,
    private readonly mostAMinute: number,
  ) {}

  /** For how many seconds it stays that this address has used up its minute; 0: it has not. */
  waitSeconds(address: string): number {
    if (this.noted.size === 0) return 0;
    const entry = this.noted.get(networkOf(address));
    if (entry === undefined || entry.count < this.mostAMinute) return 0;
    return Math.ceil(Math.max(0, entry.untilMs - this.clock.nowMs()) / 1000);
  }

  /** Returns whether this one used the minute up. */
  note(address: string): boolean {
    const network = networkOf(address);
    const nowMs = this.clock.nowMs();
    const entry = this.noted.get(network);
    if (entry !== undefined && nowMs < entry.untilMs) {
      entry.count += 1;
      return entry.count === this.mostAMinute;
    }
    this.noted.delete(network);
    const [first] = this.noted.keys();
    if (this.noted.size >= MOST_ADDRESSES && first !== undefined) this.noted.delete(first);
    this.noted.set(network, { count: 1, untilMs: nowMs + MINUTE_MS });
    return this.mostAMinute === 1;
  }
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
