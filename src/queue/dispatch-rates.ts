import { Injectable } from '@nestjs/common';
import { DispatchRateRepository, NO_RATE, type DispatchRate } from '../ledger/dispatch-rate.repository.js';

/** How old a rate may be. With instants given half a second ahead, a change is felt within a second. */
const FRESH_MS = 300;
/** Dispatches that nobody asked about for this long are not read any more. */
const KEPT_MS = 10_000;

interface Known {
  rate: DispatchRate;
  askedMs: number;
}

/** The rates of the dispatches that this process sends, read with one statement for all of them. */
@Injectable()
export class DispatchRates {
  private readonly known = new Map<string, Known>();
  private readMs = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(private readonly rates: DispatchRateRepository) {}

  async of(dispatchId: string): Promise<DispatchRate> {
    const nowMs = performance.now();
    const known = this.known.get(dispatchId);
    if (known === undefined) {
      // Never the rate of none for one that may have one.
      const rate = (await this.rates.of([dispatchId])).get(dispatchId) ?? NO_RATE;
      this.known.set(dispatchId, { rate, askedMs: nowMs });
      return rate;
    }
    known.askedMs = nowMs;
    if (nowMs - this.readMs >= FRESH_MS) await this.readAll();
    return known.rate;
  }

  private readAll(): Promise<void> {
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    const oldMs = performance.now() - KEPT_MS;
    for (const [id, { askedMs }] of this.known) if (askedMs < oldMs) this.known.delete(id);
    // Without Postgres no barrier passes either; the rates stay as they were.
    const rates = await this.rates.of([...this.known.keys()]).catch(() => new Map<string, DispatchRate>());
    for (const [id, known] of this.known) known.rate = rates.get(id) ?? known.rate;
    this.readMs = performance.now();
  }
}
