import { describe, expect, it } from 'vitest';
import { scheduleOf, type ScheduleFields } from './schedule-request.js';

const RULE = { cron: '0 9 * * 1', timezone: 'America/Mexico_City' };

const faultOf = (fields: ScheduleFields): unknown => {
  try {
    scheduleOf(fields);
  } catch (error) {
    return error;
  }
  throw new Error('nothing was wrong');
};

describe('what a request says of when to start', () => {
  it('is nothing, an end of it, one moment, or a rule', () => {
    expect(scheduleOf({})).toBeUndefined();
    expect(scheduleOf({ scheduledAt: null })).toBeNull();
    expect(scheduleOf({ recurrence: null })).toBeNull();
    const at = new Date('2027-05-01T15:00:00Z');
    const scheduledAt = '2027-05-01T09:00';
    expect(scheduleOf({ scheduledAt, timezone: RULE.timezone })).toEqual({ kind: 'once', at });
    expect(scheduleOf({ scheduledAt: null, recurrence: { ...RULE, until: '2027-05-01T09:00' } })).toEqual({
      kind: 'recurring',
      rule: { ...RULE, misfire: 'skip', overlap: 'skip', until: at },
    });
  });

  it.each<[string, ScheduleFields, string]>([
    ['/scheduledAt', { scheduledAt: '2027-05-01T09:00' }, '2027-05-01T09:00-06:00'],
    ['/scheduledAt', { scheduledAt: 'mañana', timezone: RULE.timezone }, 'mañana'],
    ['/timezone', { scheduledAt: '2027-05-01T09:00', timezone: 'Mexico/Nowhere' }, 'IANA'],
    ['/timezone', { timezone: RULE.timezone }, 'scheduledAt'],
    ['/recurrence', { scheduledAt: '2027-05-01T09:00Z', recurrence: RULE }, 'exclude'],
    ['/recurrence/cron', { recurrence: { ...RULE, cron: '0 9 * *' } }, '0 9 * *'],
    ['/recurrence/timezone', { recurrence: { ...RULE, timezone: '+02:00' } }, '+02:00'],
    ['/recurrence/until', { recurrence: { ...RULE, until: '2027' } }, '2027'],
  ])('is refused at %s with what would be right', (pointer, fields, told) => {
    expect(faultOf(fields)).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(told),
      details: { errors: [{ pointer }] },
    });
  });
});
