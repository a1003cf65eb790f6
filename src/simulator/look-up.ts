import type { ServerResponse } from 'node:http';
import type { Answer, AnswerWriter } from './answer.js';
import { STATUS_BITS } from './call-log.js';
import { faultAnswer } from './fault-answer.js';
import type { Faults } from './faults.js';
import { parameterError } from './graph-error.js';
import { instantMs } from './instant.js';
import type { Ledger } from './ledger.js';
import { FAILURE_CODES } from './message-life.js';
import type { SendingNumber } from './sending-number.js';

/** What a sender is told of one message. */
interface LookedUpMessage {
  id: string;
  status: 'accepted' | keyof typeof STATUS_BITS;
  accepted_at_ms: number;
  error_code?: number;
}

/**
 * `GET /{phoneNumberId}/message_status?correlation_id=`, which Meta does not have and others do. What was accepted
 * within the number's `lookUpLagMs` does not show yet, and what was forgotten does not show any more: the answer says
 * between which instants it is complete, so that only what it leaves out there is proved not to have been accepted.
 */
export class LookUp {
  readonly #ledger: Ledger;
  readonly #faults: Faults;
  readonly #writer: AnswerWriter;
  readonly #selfPort: () => number;

  constructor(ledger: Ledger, faults: Faults, writer: AnswerWriter, selfPort: () => number) {
    this.#ledger = ledger;
    this.#faults = faults;
    this.#writer = writer;
    this.#selfPort = selfPort;
  }

  handle(number: SendingNumber, query: URLSearchParams, response: ServerResponse): void {
    const right = this.#answer(number, query.get('correlation_id') ?? '');
    const fault = this.#faults.take(number.settings.phoneNumberId, '', 'lookUp');
    this.#writer.write(response, fault ? faultAnswer(fault, right, this.#selfPort()) : right);
  }

  #answer(number: SendingNumber, correlationId: string): Answer {
    if (correlationId === '') {
      const { status, body } = parameterError('Parameter "correlation_id" is missing.');
      return { status, body, manner: 'whole' };
    }
    const visibleUntilMs = instantMs() - number.settings.behaviour.lookUpLagMs;
    const row = this.#ledger.acceptedUnder(number.index, correlationId, visibleUntilMs);
    const body = JSON.stringify({
      complete_from_ms: this.#ledger.rememberedFromMs,
      complete_until_ms: visibleUntilMs,
      message: row === undefined ? null : this.#described(row),
    });
    return { status: 200, body, manner: 'whole' };
  }

  #described(row: number): LookedUpMessage {
    const { log } = this.#ledger;
    const status = furthestOf(log.statuses[row]!);
    return {
      id: this.#ledger.idOf(row),
      status,
      accepted_at_ms: Math.floor(log.arrivedMs[row]!),
      ...(status === 'failed' && { error_code: FAILURE_CODES[log.failure[row]!]! }),
    };
  }
}

function furthestOf(bits: number): LookedUpMessage['status'] {
  const furthest = (['read', 'delivered', 'failed', 'sent'] as const).find(
    (status) => (bits & STATUS_BITS[status]) !== 0,
  );
  return furthest ?? 'accepted';
}
