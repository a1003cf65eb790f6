import { describe, expect, it } from 'vitest';
import { DEADLINE_AFTER_SENDING } from '../http/call-faults.js';
import type { LookUpAnswer, LookUpQuestion } from '../provider.js';
import { lookUpAnswer, lookUpQuery } from './twilio-look-up.js';
import type { TwilioSettings } from './twilio-settings.js';

const SM = 'SM0123456789abcdef0123456789abcdef';
const FROM = { from: '+14155238886' } as TwilioSettings;
const BY_SERVICE = { messagingServiceSid: 'MG1' } as TwilioSettings;
const QUESTION: LookUpQuestion = {
  recipient: '+5215512345678',
  correlationId: '12:7:1',
  attempt: 1,
  begunAt: new Date('2026-05-04T10:00:00.700Z'),
  overBy: new Date('2026-05-04T10:02:00Z'),
};

function message(more: object = {}): object {
  return {
    sid: SM,
    status: 'delivered',
    to: 'whatsapp:+5215512345678',
    from: 'whatsapp:+14155238886',
    direction: 'outbound-api',
    messaging_service_sid: null,
    error_code: null,
    error_message: null,
    date_created: 'Mon, 04 May 2026 10:00:01 +0000',
    date_updated: 'Mon, 04 May 2026 10:00:09 +0000',
    ...more,
  };
}

function ask(
  messages: unknown,
  over: Partial<LookUpQuestion> = {},
  settings = FROM,
  more: object = { next_page_uri: null },
): LookUpAnswer {
  const body = JSON.stringify({ messages, ...more });
  return lookUpAnswer({ kind: 'answer', status: 200, headers: {}, body }, { ...QUESTION, ...over }, settings);
}

describe('a message that Twilio is asked about', () => {
  it('is asked for by person, sender and time', () => {
    expect(lookUpQuery(FROM, QUESTION)).toBe(
      '?To=whatsapp%3A%2B5215512345678&From=whatsapp%3A%2B14155238886&DateSent%3E=2026-05-04T09%3A00%3A00Z&PageSize=20',
    );
    expect(lookUpQuery(BY_SERVICE, QUESTION)).not.toContain('From');
  });

  it('is found where it is the only one of its time', () => {
    const found = {
      kind: 'found',
      status: 'delivered',
      providerId: SM,
      at: new Date('2026-05-04T10:00:09Z'),
    };
    expect(ask([message()])).toEqual(found);
    const others = [
      message({ date_created: 'Mon, 04 May 2026 09:59:58 +0000' }),
      message({ date_created: 'Mon, 04 May 2026 10:05:00 +0000' }),
      message({ to: 'whatsapp:+5215500000000' }),
      message({ from: 'whatsapp:+14150000000' }),
      message({ direction: 'inbound' }),
    ];
    expect(ask([...others, message()])).toEqual(found);
    expect(ask(others)).toMatchObject({ kind: 'unsure', code: 'not_listed' });
  });

  it('may bear the second before, which Twilio cuts off', () => {
    expect(ask([message({ date_created: 'Mon, 04 May 2026 10:00:00 +0000' })])).toMatchObject({
      kind: 'found',
    });
  });

  it.each([
    ['queued', 'accepted', '2026-05-04T10:00:01Z'],
    ['accepted', 'accepted', '2026-05-04T10:00:01Z'],
    ['sent', 'sent', '2026-05-04T10:00:09Z'],
    ['read', 'read', '2026-05-04T10:00:09Z'],
  ])('that is %s is %s', (said, status, at) => {
    expect(ask([message({ status: said })])).toMatchObject({ kind: 'found', status, at: new Date(at) });
  });

  it('may have failed, for a reason or for none', () => {
    expect(ask([message({ status: 'undelivered', error_code: 63024 })])).toMatchObject({
      status: 'failed',
      code: '63024',
      reason: expect.stringContaining('not on WhatsApp') as string,
    });
    expect(ask([message({ status: 'failed' })])).toMatchObject({ status: 'failed', code: 'failed' });
  });

  it('is known by its service where that picks the sender', () => {
    expect(ask([message({ messaging_service_sid: 'MG1' })], {}, BY_SERVICE)).toMatchObject({ kind: 'found' });
    expect(ask([message()], {}, BY_SERVICE)).toMatchObject({ kind: 'unsure' });
  });

  it.each([
    ['several of its time', ask([message(), message({ sid: SM.replace('SM', 'MM') })]), 'several_messages'],
    ['a second one without a time', ask([message(), message({ date_created: null })]), 'several_messages'],
    ['more than a page', ask([message()], {}, FROM, { next_page_uri: '/x' }), 'too_many'],
    ['one that may be another of ours', ask([message()], { isAlone: false }), 'several_messages'],
    ['another attempt', ask([message()], { attempt: 2 }), 'several_attempts'],
    ['none', ask([]), 'not_listed'],
    ['no list', ask(undefined), 'look_up_unreadable'],
    ['no id', ask([message({ sid: 7 })]), 'look_up_unreadable'],
    ['no status', ask([message({ status: 'constructor' })]), 'look_up_unreadable'],
    ['no time', ask([message({ date_created: 'soon' })]), 'look_up_unreadable'],
  ])('stays open where Twilio has %s', (_what, answer, code) => {
    expect(answer).toMatchObject({ kind: 'unsure', code });
  });

  it('stays open where Twilio does not answer', () => {
    const failure = { kind: 'failure', fault: DEADLINE_AFTER_SENDING } as const;
    expect(lookUpAnswer(failure, QUESTION, FROM)).toMatchObject({ kind: 'unsure', code: 'timeout' });
    const refused = {
      kind: 'answer',
      status: 429,
      headers: {},
      body: '{"code":20429,"status":429}',
    } as const;
    expect(lookUpAnswer(refused, QUESTION, FROM)).toMatchObject({ kind: 'unsure', code: '20429' });
    expect(lookUpAnswer({ ...refused, status: 502, body: '<html>' }, QUESTION, FROM)).toMatchObject({
      code: 'http_502',
    });
  });
});
