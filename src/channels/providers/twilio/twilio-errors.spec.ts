import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../send-outcome.js';
import { twilioError, twilioReason } from './twilio-errors.js';
import { twilioOutcome } from './twilio-outcome.js';

type Wanted = Partial<SendOutcome> & Pick<SendOutcome, 'kind'>;

const PERMANENT_RECIPIENT = { kind: 'rejected', failureClass: 'permanent_recipient' } as const;
const UNKNOWN = { kind: 'unknown', speaksOfHealth: true } as const;

/** The table of docs/providers/twilio.md: what the engine does when a send is answered with the code. */
const TABLE: readonly (readonly [Wanted, readonly number[]])[] = [
  [{ kind: 'blocked', failureClass: 'auth_stop' }, [20003, 20404, 63001]],
  [{ kind: 'blocked', failureClass: 'account_stop' }, [20005, 30002]],
  [{ kind: 'throttled', scope: 'app' }, [20429, 14107, 63038]],
  [{ kind: 'throttled', scope: 'number' }, [63017, 63018, 21611, 30001, 63026, 63039, 30007]],
  [PERMANENT_RECIPIENT, [21211, 21614, 63003, 63024, 21608, 63015]],
  [{ ...PERMANENT_RECIPIENT, suppress: true }, [21610, 63014, 63033]],
  [{ kind: 'rejected', failureClass: 'window_closed' }, [63016]],
  [{ kind: 'rejected', failureClass: 'deferred_recipient' }, [63049, 63032]],
  [
    { kind: 'rejected', failureClass: 'permanent_config' },
    [
      63007, 63008, 21606, 21603, 21609, 21654, 21655, 21656, 21701, 21703, 21705, 63027, 63028, 63029, 63030,
      63040, 63041, 63020, 63022, 63062,
    ],
  ],
  [
    { kind: 'rejected', failureClass: 'permanent_message' },
    [63005, 63006, 63011, 63013, 63021, 21617, 21620, 63034, 63037, 20001, 20422, 30036],
  ],
  [{ kind: 'retryable', failureClass: 'transient_media' }, [63019]],
  [UNKNOWN, [63009, 63010, 63012, 63023, 30008]],
];
const CODES = TABLE.flatMap(([wanted, codes]) => codes.map((code) => [code, wanted] as const));

function outcomeOf(code: number, status = 400): SendOutcome {
  const body = JSON.stringify({ code, message: 'of whatsapp:+5215512345678', more_info: '…', status });
  return twilioOutcome({ kind: 'answer', status, headers: {}, body }, '1:2:1');
}

describe('the error codes of Twilio', () => {
  it.each(CODES)('%i means %j, with a sentence for people and without the number', (code, wanted) => {
    const outcome = outcomeOf(code);
    expect(outcome).toMatchObject({ ...wanted, code: String(code) });
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/^[A-Z].{10,}\.$/) as string });
    expect(JSON.stringify(outcome)).not.toContain('5512345678');
    if (!('suppress' in wanted)) expect(outcome).not.toHaveProperty('suppress');
  });

  it.each(CODES)('%i cannot be told behind a server error', (code) => {
    expect(outcomeOf(code, 500)).toMatchObject({ ...UNKNOWN, code: String(code) });
  });

  it('knows nothing of other codes', () => {
    for (const code of [0, 11_200, 63_999, 999_999]) expect(twilioError(code)).toBeUndefined();
  });
});

describe('a failure that a status reports', () => {
  it('has the sentence of its code, and is not called open', () => {
    expect(twilioReason(63024, 'x')).toContain('not on WhatsApp');
    expect(twilioReason(63012, null)).toBe('WhatsApp had a fault of its own.');
  });

  it("has Twilio's words where the code is not known, without any number in them", () => {
    expect(twilioReason(999_999, 'Cannot write to 5215512345678')).toBe('Twilio: Cannot write to …');
    expect(twilioReason(999_999, null)).toBe('Twilio reported its code 999999.');
  });
});
