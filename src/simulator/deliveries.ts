import type { Inbound } from './inbound.js';
import type { Ledger } from './ledger.js';
import type { FailureCode } from './message-life.js';
import { FAILURE_CODES, planLife } from './message-life.js';
import type { SeededRandom } from './seeded-random.js';
import type { SendingNumber } from './sending-number.js';
import { eventKind, eventRow } from './status-event.js';
import { TimeWheel } from './time-wheel.js';

const TICK_MS = 5;

/** What happens to messages after their acceptance, at its time. */
export class Deliveries {
  readonly #ledger: Ledger;
  readonly #inbound: Inbound;
  readonly #numbers: readonly SendingNumber[];
  readonly #wheel = new TimeWheel<number>(TICK_MS, (event) => this.#happen(event));

  constructor(ledger: Ledger, inbound: Inbound, numbers: readonly SendingNumber[]) {
    this.#ledger = ledger;
    this.#inbound = inbound;
    this.#numbers = numbers;
  }

  begin(row: number, number: SendingNumber, random: SeededRandom, failure: FailureCode | undefined): void {
    if (failure !== undefined) this.#ledger.log.failure[row] = FAILURE_CODES.indexOf(failure);
    const planned = planLife(row, failure !== undefined, number.settings.behaviour, random, this.#wheel);
    number.scheduledUpdates += planned.scheduled;
    number.droppedStatuses += planned.dropped;
  }

  clear(): void {
    this.#wheel.clear();
  }

  #happen(event: number): void {
    const row = eventRow(event);
    const kind = eventKind(event);
    const number = this.#numbers[this.#ledger.log.number[row]!]!;
    number.scheduledUpdates--;
    if (kind === 'reply') {
      this.#inbound.receive(number, this.#ledger.waId(row), number.settings.behaviour.replyText);
      return;
    }
    this.#ledger.markStatus(row, kind);
    if (number.settings.webhookUrl !== undefined) number.webhooks.pushEvent(event);
  }
}
