import { describe, expect, it } from 'vitest';
import { DEADLINE_AFTER_SENDING } from '../http/call-faults.js';
import { evolutionLookUp, lookUpBody } from './evolution-look-up.js';

const ID = '3EB0000000000000000001';
const BEGUN_AT = new Date('2026-11-22T10:00:00.500Z');
const SECONDS = BEGUN_AT.getTime() / 1000 - 0.5;

function record(more: object = {}) {
  const key = { id: ID, fromMe: true, remoteJid: '525512345678@s.whatsapp.net' };
  return {
    id: 'row',
    key,
    messageType: 'conversation',
    messageTimestamp: SECONDS,
    MessageUpdate: [],
    ...more,
  };
}

function ask(records: unknown, status = 200) {
  const body = JSON.stringify({ messages: { total: 1, pages: 1, currentPage: 1, records } });
  return evolutionLookUp({ kind: 'answer', status, headers: {}, body }, ID, { begunAt: BEGUN_AT });
}

function updates(...words: string[]) {
  return { MessageUpdate: words.map((status) => ({ status })) };
}

describe('a look-up', () => {
  it('asks for the id that the message was to have', () => {
    expect(JSON.parse(lookUpBody(ID))).toEqual({ where: { key: { id: ID } } });
  });

  it('finds the message under that id, at the second that WhatsApp wrote down', () => {
    expect(ask([record()])).toEqual({
      kind: 'found',
      status: 'accepted',
      providerId: ID,
      at: new Date('2026-11-22T10:00:00Z'),
    });
    expect(ask([record({ messageTimestamp: String(SECONDS) })])).toMatchObject({ kind: 'found' });
  });

  it.each([
    [['SERVER_ACK'], 'sent'],
    [['SERVER_ACK', 'READ', 'DELIVERY_ACK'], 'read'],
    [['ERROR', 'DELIVERY_ACK'], 'delivered'],
    [['PENDING'], 'accepted'],
    [['DELETED', 'SOMETHING_NEW'], 'accepted'],
  ])('says how far it came: %j is %s', (words, status) => {
    expect(ask([record(updates(...words))])).toMatchObject({ kind: 'found', status });
  });

  it('says that WhatsApp did not take it', () => {
    expect(ask([record(updates('ERROR'))])).toMatchObject({
      kind: 'found',
      status: 'failed',
      code: 'whatsapp_error',
      reason: expect.stringMatching(/\.$/),
    });
  });

  it('proves nothing by finding none', () => {
    expect(ask([])).toMatchObject({ kind: 'unsure', code: 'not_found' });
  });

  it('does not take another message for it', () => {
    const another = { ...record().key, id: '3EB0000000000000000002' };
    const theirs = { ...record().key, fromMe: false };
    expect(ask([record({ key: another }), record({ key: theirs }), null, 7])).toMatchObject({
      kind: 'unsure',
    });
    expect(ask([record({ key: another }), record()])).toMatchObject({ kind: 'found' });
  });

  it('does not take an old message with the same name for it', () => {
    expect(ask([record({ messageTimestamp: SECONDS - 86_400 })])).toMatchObject({
      kind: 'unsure',
      code: 'another_message',
    });
  });

  it.each([401, 404, 429, 500, 503])('is not sure where it is answered with %i', (status) => {
    expect(ask([record()], status)).toMatchObject({ kind: 'unsure', code: `http_${status}` });
  });

  it.each([undefined, null, {}, 'x', 7])('is not sure where there is no list: %j', (records) => {
    expect(ask(records)).toMatchObject({ kind: 'unsure', code: 'look_up_unreadable' });
  });

  it('is not sure where it is not answered', () => {
    const failure = { kind: 'failure', fault: DEADLINE_AFTER_SENDING } as const;
    expect(evolutionLookUp(failure, ID, { begunAt: BEGUN_AT })).toMatchObject({
      kind: 'unsure',
      code: 'timeout',
    });
  });
});
