import type { ControlFields } from './control-fields.js';
import { ControlProblem } from './control-fields.js';
import type { Deliveries } from './deliveries.js';
import type { Faults } from './faults.js';
import { readFault } from './faults.js';
import { readStatuses } from './hand-written-status.js';
import type { Inbound } from './inbound.js';
import type { Ledger } from './ledger.js';
import { readLedgerFilter, readLedgerPage } from './ledger-query.js';
import type { NumberRegistry } from './number-registry.js';
import type { SendingNumber } from './sending-number.js';
import type { StrayCalls } from './stray-calls.js';
import { readTemplates } from './template-fields.js';

export interface WebhookSummary {
  posted: number;
  updates: number;
  retried: number;
  pending: number;
  refused: number;
  dropped: number;
}

/** The use cases behind the control routes. */
export class Control {
  readonly strays: StrayCalls;
  readonly #numbers: NumberRegistry;
  readonly #ledger: Ledger;
  readonly #faults: Faults;
  readonly #deliveries: Deliveries;
  readonly #inbound: Inbound;

  constructor(
    numbers: NumberRegistry,
    ledger: Ledger,
    faults: Faults,
    deliveries: Deliveries,
    inbound: Inbound,
    strays: StrayCalls,
  ) {
    this.#numbers = numbers;
    this.#ledger = ledger;
    this.#faults = faults;
    this.#deliveries = deliveries;
    this.#inbound = inbound;
    this.strays = strays;
  }

  health(): object {
    const { rss } = process.memoryUsage();
    return {
      status: 'ok',
      numbers: this.#numbers.all.length,
      calls: this.#ledger.log.length,
      rssMb: rss / 1_048_576,
    };
  }

  listNumbers(): object {
    return { items: this.#numbers.all.map(described) };
  }

  putNumber(phoneNumberId: string, fields: ControlFields): object {
    return described(this.#numbers.put(phoneNumberId, fields));
  }

  putTemplates(wabaId: string, fields: ControlFields): object {
    const templates = readTemplates(fields);
    this.#numbers.putTemplates(wabaId, templates);
    return { wabaId, templates: templates.length };
  }

  listFaults(): object {
    return { items: this.#faults.live };
  }

  addFault(fields: ControlFields): object {
    const fault = readFault(fields);
    if (fault.phoneNumberId !== undefined) this.#numbers.required(fault.phoneNumberId);
    this.#faults.add(fault);
    return fault;
  }

  clearFaults(): object {
    return { removed: this.#faults.clear() };
  }

  readLedger(query: URLSearchParams): object {
    const { items, next } = this.#ledger.page(readLedgerPage(query, this.#numbers));
    return {
      items: items.map(({ numberIndex, ...item }) => ({
        ...item,
        phoneNumberId: this.#numbers.all[numberIndex]!.settings.phoneNumberId,
      })),
      next,
    };
  }

  /** Forgets every call and what was still to happen to its message; numbers and faults stay. */
  clearLedger(): object {
    const forgotten = this.#ledger.log.length;
    this.#deliveries.clear();
    for (const number of this.#numbers.all) number.clear();
    this.#ledger.clear();
    this.strays.unauthorised = 0;
    this.strays.redirectsFollowed = 0;
    return { forgotten };
  }

  /** A callback prefix narrows the calls, not the webhooks: those of the number, or of all, are counted. */
  summary(query: URLSearchParams): object {
    const filter = readLedgerFilter(query, this.#numbers);
    const numbers = filter.number === undefined ? this.#numbers.all : [this.#numbers.all[filter.number]!];
    return {
      ...this.#ledger.summary(filter),
      ...this.strays,
      webhooks: webhookSummary(numbers),
    };
  }

  receive(fields: ControlFields): object {
    const number = this.#numbers.required(fields.requiredText('phoneNumberId'));
    const many = fields.objects('messages');
    const read = (message: ControlFields) => ({
      from: message.requiredText('from'),
      text: message.requiredText('text'),
      name: message.text('name'),
    });
    const messages = many ? many.map(read) : [read(fields)];
    for (const message of many ?? [fields]) message.refuseOthers();
    fields.refuseOthers();
    return { ids: messages.map(({ from, text, name }) => this.#inbound.receive(number, from, text, name)) };
  }

  postStatuses(fields: ControlFields): object {
    const written = readStatuses(fields, this.#numbers, this.#ledger);
    for (const { number, status } of written) {
      if (number.settings.webhookUrl === undefined) {
        throw new ControlProblem(
          400,
          `number ${number.settings.phoneNumberId} has no webhookUrl`,
          'phoneNumberId',
        );
      }
      number.webhooks.pushWritten({ status });
    }
    return { queued: written.length };
  }
}

/** Without the token and the secret. */
function described(number: SendingNumber): object {
  const { accessToken: _token, appSecret: _secret, ...shown } = number.settings;
  return shown;
}

function webhookSummary(numbers: readonly SendingNumber[]): WebhookSummary {
  const sum: WebhookSummary = { posted: 0, updates: 0, retried: 0, pending: 0, refused: 0, dropped: 0 };
  for (const number of numbers) {
    const { posted, updates, retried, refused } = number.webhooks.counts;
    sum.posted += posted;
    sum.updates += updates;
    sum.retried += retried;
    sum.refused += refused;
    sum.pending += number.scheduledUpdates + number.webhooks.pending;
    sum.dropped += number.droppedStatuses;
  }
  return sum;
}
