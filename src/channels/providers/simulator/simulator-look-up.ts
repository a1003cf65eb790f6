import { HttpCalls, type AddressGate } from '../http/http-calls.js';
import type { HttpResult } from '../http/http-result.js';
import type { LookUpAnswer, LookUpQuestion } from '../provider.js';
import { member, parseJson, wholeNumber } from '../json-reader.js';

const MOST_OPEN_CALLS = 8;
const STATUSES = ['accepted', 'sent', 'delivered', 'read', 'failed'] as const;

export interface LookUpAccess {
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly phoneNumberId: string;
  readonly accessToken: string;
}

/** Asks the simulator for single messages, over connections of its own: sending never waits for one. */
export class SimulatorLookUp {
  private readonly calls: HttpCalls;
  private readonly path: string;
  private readonly headers: string[];

  constructor({ baseUrl, apiVersion, phoneNumberId, accessToken }: LookUpAccess, gate: AddressGate) {
    this.calls = new HttpCalls({ origin: new URL(baseUrl).origin, maxOpenCalls: MOST_OPEN_CALLS, gate });
    this.path = `/${apiVersion}/${phoneNumberId}/message_status?correlation_id=`;
    this.headers = ['authorization', `Bearer ${accessToken}`];
  }

  async ask(question: LookUpQuestion, deadlineMs: number): Promise<LookUpAnswer> {
    const path = this.path + encodeURIComponent(question.correlationId);
    const result = await this.calls.call({ method: 'GET', path, headers: this.headers }, deadlineMs);
    return lookUpAnswer(result, question);
  }

  close(): Promise<void> {
    return this.calls.close();
  }
}

/** What the answer proves. It says between which instants it is complete; a message that is not in it may be outside. */
export function lookUpAnswer(result: HttpResult, { begunAt, overBy }: LookUpQuestion): LookUpAnswer {
  if (result.kind === 'failure') return unsure(result.fault.code, `${result.fault.what}.`);
  if (result.status !== 200) {
    return unsure(`http_${result.status}`, `The look-up was answered with HTTP ${result.status}.`);
  }
  const answer = parseJson(result.body);
  const message = member(answer, 'message');
  if (message !== null && message !== undefined) return found(message);
  const fromMs = member(answer, 'complete_from_ms');
  const untilMs = member(answer, 'complete_until_ms');
  if (message !== null || typeof fromMs !== 'number' || typeof untilMs !== 'number') return UNREADABLE;
  if (fromMs > begunAt.getTime()) {
    return unsure('forgotten', 'The provider does not remember the time at which the message was sent.');
  }
  if (untilMs < overBy.getTime()) {
    return unsure('not_visible_yet', 'The message may have been taken and not show yet.');
  }
  return { kind: 'absent' };
}

function found(message: unknown): LookUpAnswer {
  const id = member(message, 'id');
  const status = STATUSES.find((word) => word === member(message, 'status'));
  const acceptedAtMs = member(message, 'accepted_at_ms');
  if (typeof id !== 'string' || id === '' || status === undefined || typeof acceptedAtMs !== 'number') {
    return UNREADABLE;
  }
  const answer = { kind: 'found', status, providerId: id, at: new Date(acceptedAtMs) } as const;
  if (status !== 'failed') return answer;
  const code = String(wholeNumber(member(message, 'error_code')) ?? 'failed');
  return { ...answer, code, reason: `The provider says that it failed with code ${code}.` };
}

const UNREADABLE = unsure('look_up_unreadable', 'The answer to the look-up could not be read.');

function unsure(code: string, reason: string): LookUpAnswer {
  return { kind: 'unsure', code, reason };
}
