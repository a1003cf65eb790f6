import { describe, expect, it } from 'vitest';
import {
  crowdOfJid,
  hiddenIdOfJid,
  numberOf,
  personOfKey,
  phoneOfJid,
  presetMessageId,
} from './evolution-ids.js';

describe('a chat', () => {
  it.each([
    ['525512345678@s.whatsapp.net', '525512345678', undefined, undefined],
    ['525512345678:12@s.whatsapp.net', '525512345678', undefined, undefined],
    ['123456789012345:3@lid', undefined, '123456789012345@lid', undefined],
    ['120363000000000000@g.us', undefined, undefined, 'group'],
    ['status@broadcast', undefined, undefined, 'broadcast'],
    ['1234567890@newsletter', undefined, undefined, 'newsletter'],
    ['', undefined, undefined, undefined],
    [undefined, undefined, undefined, undefined],
    [{ a: 1 }, undefined, undefined, undefined],
  ])('named %s', (jid, phone, hidden, crowd) => {
    expect([phoneOfJid(jid), hiddenIdOfJid(jid), crowdOfJid(jid)]).toEqual([phone, hidden, crowd]);
  });

  it.each([
    [{ remoteJid: '5215512345678@s.whatsapp.net' }, '+525512345678', null, '5215512345678'],
    [{ remoteJid: '12025550123@s.whatsapp.net' }, '+12025550123', null, null],
    [{ remoteJid: '99@lid', remoteJidAlt: '12025550123@s.whatsapp.net' }, '+12025550123', null, null],
    [
      { remoteJid: '99887766@lid', remoteJidAlt: '12025550123@s.whatsapp.net' },
      '+12025550123',
      '99887766@lid',
      null,
    ],
    [
      { remoteJid: '12025550123@s.whatsapp.net', remoteJidAlt: '99887766@lid' },
      '+12025550123',
      '99887766@lid',
      null,
    ],
    [
      { remoteJid: '99887766@lid', senderPn: '12025550123@s.whatsapp.net' },
      '+12025550123',
      '99887766@lid',
      null,
    ],
    [{ remoteJid: '99887766@lid' }, null, '99887766@lid', null],
  ])('tells who is behind it: %j', (key, phone, userId, alias) => {
    expect(personOfKey(key)).toEqual({ phone, userId, alias });
  });

  it('may name nobody', () => {
    expect(personOfKey({ remoteJid: 'x' })).toBeUndefined();
    expect(personOfKey({})).toBeUndefined();
  });

  it('is asked for by digits, or by a hidden id', () => {
    expect(numberOf('+525512345678')).toBe('525512345678');
    expect(numberOf('99887766@lid')).toBe('99887766@lid');
    for (const other of ['525512345678', 'MX.abc', '120363000000000000@g.us', '+']) {
      expect(numberOf(other)).toBeUndefined();
    }
  });
});

describe('the id that a message is to have', () => {
  it('looks like one of WhatsApp Web, and is the same when it is asked for again', () => {
    const id = presetMessageId('c', '1:2:1', '+525512345678');
    expect(id).toMatch(/^3EB0[0-9A-F]{18}$/);
    expect(presetMessageId('c', '1:2:1', '+525512345678')).toBe(id);
  });

  it('is another for each attempt, person and channel', () => {
    const ids = [
      presetMessageId('c', '1:2:1', '+1'),
      presetMessageId('c', '1:2:2', '+1'),
      presetMessageId('c', '1:2:1', '+2'),
      presetMessageId('d', '1:2:1', '+1'),
    ];
    expect(new Set(ids).size).toBe(4);
  });
});
