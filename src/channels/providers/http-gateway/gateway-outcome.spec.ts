import { describe, expect, it } from 'vitest';
import type { OutboundMessage } from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { AnswerReader } from './gateway-answer.js';
import type { AnswerMapping, ErrorRule } from './gateway-mapping.js';
import { GatewayOutcomes } from './gateway-outcome.js';
import { COMMON, PRESETS } from './gateway-presets.js';
import { OwnRules } from './own-rules.js';
import { OwnWords } from './own-words.js';

const MESSAGE: OutboundMessage = {
  recipient: '+5215512345678',
  content: { type: 'text', text: 'Hola Ana' },
  correlationId: '1:1:1',
};

interface Given {
  readonly answer?: Partial<AnswerMapping>;
  readonly rules?: readonly ErrorRule[];
  readonly secrets?: readonly string[];
  readonly headers?: Record<string, string>;
}

function outcomeOf(status: number, body: unknown, given: Given = {}): SendOutcome {
  const outcomes = new GatewayOutcomes(
    new AnswerReader({ ...COMMON.answer, ...given.answer }),
    new OwnRules(given.rules ?? []),
    new OwnWords(given.secrets ?? []),
  );
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return outcomes.of({ kind: 'answer', status, headers: given.headers ?? {}, body: text }, MESSAGE);
}

describe('an answer of a gateway', () => {
  it.each([
    [200, { success: true, messageId: 'A1' }, 'A1'],
    [201, { success: true, phone: '521', message: 'x' }, null],
    [200, { ok: true, messageId: 7, data: {} }, '7'],
    [200, { status: 'success' }, null],
    [202, { status: 'success', data: { key: { id: '3EB0' } } }, '3EB0'],
    [200, { success: true, id: { fromMe: true, _serialized: 'true_521@c.us_3EB0' } }, 'true_521@c.us_3EB0'],
    [200, { success: true, id: 'x'.repeat(513) }, null],
  ])('of %i and %j is a success with the id %s', (status, body, providerId) => {
    expect(outcomeOf(status, body)).toEqual({ kind: 'accepted', providerId });
  });

  it.each<[number, unknown, Partial<SendOutcome> & { failureClass?: string }]>([
    [200, { success: false, error: 'Client not ready' }, { kind: 'blocked', failureClass: 'session_down' }],
    [
      200,
      { ok: false, error: 'WhatsApp no está conectado' },
      { kind: 'blocked', failureClass: 'session_down' },
    ],
    [500, { error: 'Connection Closed' }, { kind: 'blocked', failureClass: 'session_down' }],
    [503, { success: false }, { kind: 'blocked', failureClass: 'session_down' }],
    [
      200,
      { success: false, error: 'not registered on WhatsApp' },
      { kind: 'rejected', code: 'not_on_whatsapp' },
    ],
    [400, { error: 'Invalid phone number' }, { kind: 'rejected', code: 'bad_number' }],
    [422, { detail: [{ loc: ['body'] }] }, { kind: 'rejected', code: 'http_422' }],
    [200, { success: false, error: 'rate-overlimit' }, { kind: 'throttled', code: 'too_fast' }],
    [200, { status: 'error', message: 'No' }, { kind: 'rejected', code: 'refused' }],
    [403, '', { kind: 'blocked', failureClass: 'auth_stop' }],
    [405, '', { kind: 'blocked', code: 'no_such_path' }],
    [404, { success: false, error: 'Contact gone' }, { kind: 'rejected', code: 'http_404' }],
  ])('of %i and %j is proof that nothing was sent', (status, body, expected) => {
    expect(outcomeOf(status, body)).toMatchObject(expected);
  });

  it.each([
    [200, { success: false, error: 'sendMessage 521 timed out' }],
    [200, { success: false, error: 'WhatsApp not connected: Protocol error (Runtime.callFunctionOn)' }],
    [500, { success: false, error: 'Evaluation failed: r' }],
    [500, { success: false, error: 'whatever it was' }],
    [500, { error: 'boom' }],
    [502, '<html>Bad Gateway</html>'],
    [503, 'WhatsApp not ready'],
    [503, '<html>not connected</html>'],
    [500, { error: 'Too many requests' }],
    [408, { error: 'x' }],
    [418, 'teapot'],
    [307, ''],
    [200, ''],
    [200, 'OK'],
    [200, {}],
    [200, { error: 'not connected' }],
    [200, { success: 'perhaps' }],
    [202, { status: 'queued' }],
    [500, { success: true, messageId: 'A1' }],
    [400, { success: true }],
  ])('of %i and %j proves nothing', (status, body) => {
    expect(outcomeOf(status, body)).toMatchObject({ kind: 'unknown', speaksOfHealth: true });
  });

  it('waits as long as it asks for', () => {
    expect(outcomeOf(429, '', { headers: { 'retry-after': '7' } })).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 7_000,
    });
    expect(outcomeOf(429, '')).toMatchObject({ kind: 'throttled', retryAfterMs: 10_000 });
  });

  it('is judged by the status alone where the mapping says so', () => {
    const answer = { ok: [], statuses: [202] };
    expect(outcomeOf(202, '', { answer })).toEqual({ kind: 'accepted', providerId: null });
    expect(outcomeOf(202, { success: false, id: 'A1' }, { answer })).toEqual({
      kind: 'accepted',
      providerId: 'A1',
    });
    expect(outcomeOf(200, '', { answer })).toMatchObject({ kind: 'unknown' });
  });

  it('means what the rules of its channel say, before anything else', () => {
    const rules: ErrorRule[] = [
      { status: 409, class: 'deferred_recipient' },
      { text: 'sin saldo', class: 'account_stop' },
      { path: 'error.code', value: 'E_MEDIA', class: 'transient_media' },
      { status: 200, text: 'not connected', class: 'unknown' },
    ];
    expect(outcomeOf(409, '', { rules })).toMatchObject({
      kind: 'rejected',
      failureClass: 'deferred_recipient',
    });
    expect(outcomeOf(200, { success: false, error: 'Sin Saldo' }, { rules })).toMatchObject({
      kind: 'blocked',
    });
    expect(outcomeOf(500, { error: { code: 'E_MEDIA' } }, { rules })).toMatchObject({
      kind: 'retryable',
      code: 'E_MEDIA',
    });
    expect(outcomeOf(200, { success: false, error: 'Not connected' }, { rules })).toMatchObject({
      kind: 'unknown',
    });
    expect(outcomeOf(500, { error: 'Not connected' }, { rules })).toMatchObject({ kind: 'blocked' });
    expect(outcomeOf(200, { success: true, note: 'sin saldo' }, { rules })).toMatchObject({
      kind: 'accepted',
    });
  });

  it.each([
    [202, 'UNCERTAIN', { kind: 'unknown', code: 'UNCERTAIN' }],
    [503, 'NOT_READY', { kind: 'blocked', failureClass: 'session_down' }],
    [503, 'TYPING_FAILED', { kind: 'blocked', failureClass: 'session_down' }],
    [422, 'REJECTED', { kind: 'rejected', failureClass: 'permanent_message' }],
  ])('of %i with the outcome %s is known to the preset typing-and-ack', (status, outcome, expected) => {
    const rules = PRESETS['typing-and-ack']!.errors!;
    expect(outcomeOf(status, { success: false, outcome, error: 'x' }, { rules })).toMatchObject(expected);
  });

  it('is quoted without numbers, secrets, or the message itself', () => {
    const secrets = ['Bearer k-123', 'x'];
    const said = (error: string) => {
      const outcome = outcomeOf(200, { success: false, error }, { secrets });
      return outcome.kind === 'accepted' ? '' : outcome.reason;
    };
    expect(said('5215512345678@c.us was refused by token k-123')).toBe(
      'The service says that it did not send the message: "…@c.us was refused by token …".',
    );
    expect(said('could not send "Hola Ana"')).toBe('The service says that it did not send the message.');
    expect(said(`a${'b'.repeat(300)}`).length).toBeLessThan(300);
  });
});
