import { describe, expect, it } from 'vitest';
import { parseCloudWebhook } from './cloud-webhook.js';

const METADATA = { display_phone_number: '15550100001', phone_number_id: '106540352242922' };

function read(field: string, value: object, id: unknown = '102290129340398') {
  return parseCloudWebhook({ entry: [{ id, time: 1739321024, changes: [{ field, value }] }] })[0];
}

describe('a preference', () => {
  const entry = { wa_id: '5215512345678', category: 'marketing_messages', timestamp: 1749416383 };
  const preference = (more: object) =>
    read('user_preferences', { metadata: METADATA, user_preferences: [{ ...entry, ...more }] });

  it.each([
    ['stop', 'stop'],
    ['resume', 'resume'],
    ['signup', 'resume'],
  ])('%s says that the person wants to %s', (value, wants) => {
    expect(preference({ value })).toEqual({
      kind: 'preference',
      element: 0,
      accountRef: '106540352242922',
      person: '+525512345678',
      category: 'marketing',
      wants,
      at: new Date('2025-06-08T20:59:43Z'),
    });
  });

  it('may be of somebody without a number', () => {
    const userId = 'MX.13491208655302741918';
    expect(preference({ wa_id: undefined, user_id: userId, value: 'stop' })).toMatchObject({
      person: userId,
    });
  });

  it('of other things, or of nobody, stops nothing', () => {
    expect(preference({ value: 'maybe' })).toMatchObject({ kind: 'ignored' });
    expect(preference({ value: 'stop', category: 'calls' })).toMatchObject({ kind: 'ignored' });
    expect(preference({ value: 'stop', wa_id: undefined })).toMatchObject({ kind: 'unreadable' });
    expect(preference({ value: 'stop', timestamp: null })).toMatchObject({ kind: 'unreadable' });
  });
});

describe('a change of a template', () => {
  const named = { message_template_name: 'promo', message_template_language: 'en-US' };
  const change = (more: object) => read('message_template_status_update', { ...named, ...more });

  it.each([
    ['APPROVED', 'APPROVED'],
    ['REJECTED', 'REJECTED'],
    ['PAUSED', 'PAUSED'],
    ['DISABLED', 'DISABLED'],
    ['PENDING_DELETION', 'PENDING_DELETION'],
    ['FLAGGED', 'FLAGGED'],
    ['REINSTATED', 'REINSTATED'],
    ['UNARCHIVED', 'APPROVED'],
    ['A_WORD_OF_TOMORROW', 'A_WORD_OF_TOMORROW'],
  ])('%s makes its status %s', (event, status) => {
    expect(change({ event, reason: 'NONE' })).toEqual({
      kind: 'template',
      element: 0,
      accountRef: null,
      wabaRef: '102290129340398',
      name: 'promo',
      language: 'en_US',
      status,
    });
  });

  it('that only locks it is none', () => {
    expect(change({ event: 'LOCKED' })).toEqual({ kind: 'ignored', element: 0, what: 'template:LOCKED' });
  });

  it('says why', () => {
    const paused = { title: 'SECOND_PAUSE', description: 'Paused for 6 hours.' };
    expect(change({ event: 'PAUSED', reason: 'NONE', other_info: paused })).toMatchObject({
      reason: 'Paused for 6 hours.',
    });
    expect(change({ event: 'REJECTED', reason: 'INVALID_FORMAT' })).toMatchObject({
      reason: 'INVALID_FORMAT',
    });
  });

  it('may be of its quality', () => {
    const quality = { previous_quality_score: 'GREEN', new_quality_score: 'yellow' };
    const element = read('message_template_quality_update', { ...named, ...quality });
    expect(element).toMatchObject({ kind: 'template', name: 'promo', quality: 'YELLOW' });
    expect(element).not.toHaveProperty('status');
  });

  it('must name it, and the account', () => {
    expect(read('message_template_status_update', { event: 'PAUSED' })).toMatchObject({ kind: 'unreadable' });
    expect(read('message_template_status_update', named, null)).toMatchObject({ kind: 'unreadable' });
    expect(read('message_template_status_update', named, 102290129340398)).toMatchObject({
      wabaRef: '102290129340398',
    });
  });
});

describe("Meta's judgement of a number or an account", () => {
  it.each([
    [
      { event: 'ONBOARDING', current_limit: 'TIER_250' },
      { what: 'ONBOARDING', recipientsPerDay: 250 },
    ],
    [{ event: 'UPGRADE', max_daily_conversations_per_business: 'TIER_2K' }, { recipientsPerDay: 2000 }],
    [{ event: 'UPGRADE', current_limit: 'TIER_UNLIMITED' }, { recipientsPerDay: null }],
    [
      { event: 'FLAGGED', current_limit: 'TIER_1K' },
      { what: 'FLAGGED', recipientsPerDay: 1000 },
    ],
    [{ event: 'THROUGHPUT_UPGRADE', current_limit: 'TIER_NOT_SET' }, { what: 'THROUGHPUT_UPGRADE' }],
  ])('of a number: %j', (value, said) => {
    const phone = { display_phone_number: '+1 555-078-3881' };
    expect(read('phone_number_quality_update', { ...phone, ...value })).toMatchObject({
      kind: 'standing',
      accountRef: null,
      wabaRef: '102290129340398',
      displayPhone: '15550783881',
      isStopped: false,
      ...said,
    });
  });

  it('says nothing of a limit that is not known', () => {
    const element = read('phone_number_quality_update', { event: 'UPGRADE', current_limit: 'TIER_NOT_SET' });
    expect(element).not.toHaveProperty('recipientsPerDay');
    expect(element).not.toHaveProperty('displayPhone');
  });

  it.each([
    [{ max_daily_conversations_per_business: 2000 }, 2000],
    [{ max_daily_conversations_per_business: -1 }, null],
    [{ max_daily_conversation_per_phone: '10000' }, 10_000],
  ])('of what a business may do: %j', (value, limit) => {
    expect(read('business_capability_update', value)).toMatchObject({
      kind: 'standing',
      isStopped: false,
      what: 'CAPABILITY_UPDATE',
      recipientsPerDay: limit,
    });
  });

  it.each([
    [{ event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE' } }, true],
    [{ event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'SCHEDULE_FOR_DISABLE' } }, false],
    [{ event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'REINSTATE' } }, false],
    [
      {
        event: 'ACCOUNT_RESTRICTION',
        restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING', expiration: 1 }],
      },
      true,
    ],
    [
      {
        event: 'ACCOUNT_RESTRICTION',
        restriction_info: [{ restriction_type: 'RESTRICTED_ADD_PHONE_NUMBER_ACTION' }],
      },
      false,
    ],
    [{ event: 'ACCOUNT_VIOLATION', violation_info: { violation_type: 'SCAM' } }, false],
    [{ event: 'ACCOUNT_DELETED' }, true],
    [{ event: 'A_WORD_OF_TOMORROW' }, false],
  ])('of an account, and whether that stops it: %j', (value, isStopped) => {
    expect(read('account_update', value)).toMatchObject({ kind: 'standing', isStopped, what: value.event });
  });

  it('says what for', () => {
    const value = { event: 'ACCOUNT_VIOLATION', violation_info: { violation_type: 'SCAM' } };
    expect(read('account_update', value)).toMatchObject({ reason: 'SCAM' });
    expect(read('account_review_update', { decision: 'REJECTED' })).toMatchObject({
      isStopped: true,
      what: 'REVIEW_REJECTED',
    });
  });
});
