import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, AnswerWriter } from './answer.js';
import type { AnswerKind } from './call-log.js';
import type { Deliveries } from './deliveries.js';
import { drawFate, fateTextOf } from './fate.js';
import { faultAnswer } from './fault-answer.js';
import type { Fault, Faults } from './faults.js';
import type { GraphError } from './graph-error.js';
import { parameterError, whatsappError } from './graph-error.js';
import { KeyHash } from './key-hash.js';
import type { Ledger } from './ledger.js';
import { checkMarketing, checkMessage } from './message-check.js';
import type { FailureCode } from './message-life.js';
import type { NumberRegistry } from './number-registry.js';
import { readBody } from './request-body.js';
import { SeededRandom } from './seeded-random.js';
import type { SendCall, SendEdge } from './send-call.js';
import { acceptedBody, isReadReceipt, messageKeyEnd, parsedObject, sendCall } from './send-call.js';
import type { SendingNumber } from './sending-number.js';
import { checkTemplateExists } from './template-check.js';

/** `POST /{phoneNumberId}/messages`, from the first byte to the answer. The token has been checked. */
export class SendMessage {
  readonly #numbers: NumberRegistry;
  readonly #ledger: Ledger;
  readonly #faults: Faults;
  readonly #deliveries: Deliveries;
  readonly #writer: AnswerWriter;
  readonly #selfPort: () => number;
  readonly #random = new SeededRandom(0);
  readonly #hash = new KeyHash();

  constructor(
    numbers: NumberRegistry,
    ledger: Ledger,
    faults: Faults,
    deliveries: Deliveries,
    writer: AnswerWriter,
    selfPort: () => number,
  ) {
    this.#numbers = numbers;
    this.#ledger = ledger;
    this.#faults = faults;
    this.#deliveries = deliveries;
    this.#writer = writer;
    this.#selfPort = selfPort;
  }

  handle(number: SendingNumber, edge: SendEdge, request: IncomingMessage, response: ServerResponse): void {
    const fault = this.#faults.takeBeforeBody(number.settings.phoneNumberId);
    if (fault) {
      this.#writer.write(
        response,
        this.#faultAlone(sendCall(number, edge, Buffer.alloc(0), undefined), fault),
      );
      return;
    }
    readBody(request, (raw) => {
      if (raw === undefined)
        this.#writer.write(response, refusal(parameterError('The request body is too large.')));
      else this.#writer.write(response, this.#answer(number, edge, raw));
    });
  }

  #answer(number: SendingNumber, edge: SendEdge, raw: Buffer): Answer {
    const body = parsedObject(raw);
    if (isReadReceipt(body)) return whole(200, '{"success":true}');
    const call = sendCall(number, edge, raw, body);
    const fault = this.#faults.take(number.settings.phoneNumberId, call.to);
    return fault && !fault.processed ? this.#faultAlone(call, fault) : this.#judge(call, fault);
  }

  #faultAlone(call: SendCall, fault: Fault): Answer {
    this.#record(call, fault.kind, false);
    return faultAnswer(fault, whole(200, ''), this.#selfPort());
  }

  /** A scripted fault takes the place of what the number's behaviour has in store. */
  #judge(call: SendCall, fault: Fault | undefined): Answer {
    const refused = this.#check(call);
    if (refused) return this.#refuse(call, refused, 0);
    const { behaviour } = call.number.settings;
    this.#random.reseed(this.#fateSeed(call));
    const fate = drawFate(behaviour, this.#random);
    const delayMs = behaviour.latencyMs + behaviour.jitterMs * this.#random.next();
    if (fault) return this.#accept(call, undefined, delayMs, fault);
    if (fate.kind === 'throttle' || !call.number.passRate(call.arrivedMs)) {
      this.#record(call, 'throttled', false);
      return { ...refusal(whatsappError(130429)), delayMs };
    }
    switch (fate.kind) {
      case 'refuse':
        return this.#refuse(call, whatsappError(131026), delayMs);
      case 'lose':
        return this.#lose(call, fate.processed, fate.by, delayMs);
      case 'accept':
        return this.#accept(call, fate.failure, delayMs, undefined);
    }
  }

  #check({ number, edge, body }: SendCall): GraphError | undefined {
    if (body === undefined) return parameterError('The request body is not a JSON object.');
    const { behaviour, wabaId } = number.settings;
    const refused =
      checkMessage(body, number.senderDigits) ??
      (edge === 'marketing_messages' ? checkMarketing(body) : undefined);
    if (refused || !behaviour.enforceTemplates) return refused;
    return checkTemplateExists(body, this.#numbers.templatesOf(wabaId));
  }

  #refuse(call: SendCall, error: GraphError, delayMs: number): Answer {
    this.#record(call, 'refused', false);
    return { ...refusal(error), delayMs };
  }

  #accept(
    call: SendCall,
    failure: FailureCode | undefined,
    delayMs: number,
    fault: Fault | undefined,
  ): Answer {
    const row = this.#begin(call, fault?.kind ?? 'ok', failure);
    if (fault?.kind === 'duplicateId') {
      const other = this.#ledger.acceptedBefore(row);
      if (other !== undefined) this.#ledger.log.shareId(row, other);
    }
    const id = fault?.kind === 'emptyId' ? '' : this.#ledger.idOf(row);
    const right = { ...whole(200, acceptedBody(call, this.#ledger.waId(row), id)), delayMs };
    return fault ? faultAnswer(fault, right, this.#selfPort()) : right;
  }

  #lose(call: SendCall, processed: boolean, by: 'reset' | 'error' | 'hang', delayMs: number): Answer {
    const kind: AnswerKind = by === 'reset' ? 'resetAfterRead' : by;
    if (processed) this.#begin(call, kind, undefined);
    else this.#record(call, kind, false);
    if (by === 'error') return { ...refusal(whatsappError(131000)), delayMs };
    return { ...whole(200, ''), manner: by, delayMs };
  }

  /** The message is accepted: it stands in the ledger and its life begins, whatever the caller hears of it. */
  #begin(call: SendCall, kind: AnswerKind, failure: FailureCode | undefined): number {
    const { number } = call;
    const row = this.#record(call, kind, true);
    const windowClosed =
      number.settings.behaviour.enforceWindow &&
      call.type !== 'template' &&
      !number.windowIsOpen(this.#ledger.waId(row), call.arrivedMs);
    this.#deliveries.begin(row, number, this.#random, windowClosed ? 131047 : failure);
    return row;
  }

  #record(call: SendCall, answer: AnswerKind, accepted: boolean): number {
    const { to, callbackData } = call;
    if (callbackData === '') this.#hash.ofBytes(call.raw);
    else this.#hash.ofText(callbackData, 0, messageKeyEnd(callbackData));
    return this.#ledger.record({
      arrivedMs: call.arrivedMs,
      number: call.number.index,
      answer,
      accepted,
      aliased: call.number.settings.behaviour.aliases,
      to,
      callbackData,
      type: accepted ? call.type : undefined,
      keyHigh: this.#hash.high,
      keyLow: this.#hash.low,
    });
  }

  #fateSeed(call: SendCall): number {
    const text = fateTextOf(call.to, call.callbackData) ?? `#${call.number.anonymousCalls++}`;
    this.#hash.ofText(text);
    return this.#hash.low ^ Math.imul(call.number.settings.behaviour.seed, 0x9e3779b1);
  }
}

function whole(status: number, body: string): Answer {
  return { status, body, manner: 'whole' };
}

function refusal(error: GraphError): Answer {
  return whole(error.status, error.body);
}
