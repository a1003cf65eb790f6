import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../send-outcome.js';
import { cloudError, cloudReason, type CloudErrorClass } from './cloud-errors.js';
import { cloudOutcome } from './cloud-outcome.js';
import { parseCloudWebhook } from './cloud-webhook.js';

/** The table of the Cloud API's documentation, as docs/providers has it. */
const TABLE: readonly (readonly [CloudErrorClass, readonly number[]])[] = [
  ['auth_stop', [0, 3, 10, 102, 104, 190, 200, 230, 299, 131005]],
  ['account_stop', [368, 130497, 131031, 131037, 131042, 131045, 133005, 133006, 133010]],
  ['permanent_message', [33, 100, 131008, 131009, 131036, 131051, 131052, 131055, 131060, 135000]],
  [
    'permanent_config',
    [
      131063, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069, 134011,
      134100, 134102,
    ],
  ],
  ['permanent_recipient', [130403, 131021, 131026, 131030, 131050, 131062]],
  ['window_closed', [131047, 470]],
  ['deferred_recipient', [131049, 130472]],
  ['throttled_number', [130429, 131048, 131064]],
  ['throttled_pair', [131056]],
  ['throttled_app', [4, 17, 613, 80007, 80008, 133016]],
  ['transient', [1, 2, 131000, 131016, 131057, 133004, 134101]],
  ['transient_media', [131053]],
];
const CODES = TABLE.flatMap(([errorClass, codes]) => codes.map((code) => [code, errorClass] as const));

/** What each class does to the message, and to what is around it. */
const ACTIONS: Readonly<Record<CloudErrorClass, Partial<SendOutcome>>> = {
  auth_stop: { kind: 'blocked', failureClass: 'auth_stop' },
  account_stop: { kind: 'blocked', failureClass: 'account_stop' },
  session_down: { kind: 'blocked', failureClass: 'session_down' },
  permanent_message: { kind: 'rejected', failureClass: 'permanent_message' },
  permanent_config: { kind: 'rejected', failureClass: 'permanent_config' },
  permanent_recipient: { kind: 'rejected', failureClass: 'permanent_recipient' },
  window_closed: { kind: 'rejected', failureClass: 'window_closed' },
  deferred_recipient: { kind: 'rejected', failureClass: 'deferred_recipient' },
  throttled_number: { kind: 'throttled', scope: 'number' },
  throttled_app: { kind: 'throttled', scope: 'app' },
  throttled_pair: { kind: 'throttled', scope: 'pair' },
  transient: { kind: 'unknown', speaksOfHealth: true },
  transient_media: { kind: 'retryable', failureClass: 'transient_media' },
};
const NOT_ACCEPTED = [131057, 133004, 134101];

function answered(error: object): SendOutcome {
  const answer = { kind: 'answer', status: 400, headers: {}, body: JSON.stringify({ error }) } as const;
  return cloudOutcome(answer, '+525512345678');
}

describe('an answer with an error code of the Cloud API', () => {
  it.each(CODES)('%i is acted upon as %s', (code, errorClass) => {
    const action = NOT_ACCEPTED.includes(code)
      ? { kind: 'retryable', failureClass: 'transient' }
      : ACTIONS[errorClass];
    const outcome = answered({ code, message: `(#${code}) +525512345678` });
    expect(outcome).toMatchObject({ ...action, code: String(code) });
    expect(JSON.stringify(outcome)).not.toContain('5512345678');
  });

  it.each(CODES)('%i is a failure when it comes by webhook', (code) => {
    const status = { id: 'wamid.A', status: 'failed', timestamp: 1749416383, errors: [{ code }] };
    const value = { metadata: { phone_number_id: '1' }, statuses: [status] };
    const [element] = parseCloudWebhook({ entry: [{ changes: [{ field: 'messages', value }] }] });
    const { reason } = cloudError(code)!;
    expect(element).toMatchObject({ kind: 'status', status: 'failed', code: String(code), reason });
  });

  it('says more closely what is wrong with a token', () => {
    const reasons = [463, 460, 467, 1].map((subcode) => answered({ code: 190, error_subcode: subcode }));
    expect(reasons).toMatchObject([
      { kind: 'blocked', code: '190', reason: expect.stringContaining('has expired') },
      { reason: expect.stringContaining('password') },
      { reason: expect.stringContaining('taken back') },
      { reason: expect.stringContaining('wrong or has expired') },
    ]);
  });
});

describe('the error codes of the Cloud API', () => {
  it.each(CODES)('%i is %s, with a sentence for people', (code, errorClass) => {
    const error = cloudError(code);
    expect(error?.class).toBe(errorClass);
    expect(error?.reason).toMatch(/^[A-Z].{10,}\.$/);
  });

  it('suppresses only the persons whom Meta says to have opted out', () => {
    expect(CODES.filter(([code]) => cloudError(code)?.suppress).map(([code]) => code)).toEqual([
      130403, 131050,
    ]);
  });

  it('calls only those transient codes not accepted that Meta documents so', () => {
    const notAccepted = CODES.filter(([code]) => cloudError(code)?.notAccepted).map(([code]) => code);
    expect(notAccepted.sort()).toEqual([131057, 133004, 134101]);
  });

  it('knows nothing of other codes', () => {
    for (const code of [199, 300, 2500, 999_999]) expect(cloudError(code)).toBeUndefined();
  });

  it("uses Meta's title for a code it does not know, without any number in it", () => {
    expect(cloudReason(999_999, 'Cannot write to 5215512345678')).toBe('WhatsApp: Cannot write to …');
    expect(cloudReason(999_999, undefined)).toBe('WhatsApp reported its code 999999.');
  });
});
