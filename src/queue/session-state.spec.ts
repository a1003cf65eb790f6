import { describe, expect, it } from 'vitest';
import {
  isRestartDue,
  leftToPerson,
  lostReason,
  restartBegun,
  restartOrdered,
  sessionAfter,
  type Session,
  type SessionSight,
} from './session-state.js';

const POLICY = { mostRestarts: 3, firstWaitMs: 30_000 };
const NEVER = { mostRestarts: 0, firstWaitMs: 30_000 };
const HOUR_MS = 3_600_000;

function seen(connection: SessionSight['connection'], more: Partial<SessionSight> = {}): SessionSight {
  return { source: 'look', connection, needsPerson: false, code: null, reason: null, ...more };
}

/** Plays one sight after the other; times in milliseconds. */
function after(...sights: readonly (readonly [atMs: number, sight: SessionSight])[]): Session {
  return sights.reduce<Session | null>(
    (session, [atMs, sight]) => sessionAfter(session, sight, atMs, POLICY) ?? session,
    null,
  )!;
}

const LOST = after([0, seen('connected')], [HOUR_MS, seen('disconnected', { code: 'close' })]);

describe('the session of a channel', () => {
  it('is noted as it is seen, with since when', () => {
    expect(after([5, seen('connected')], [9, seen('connected')])).toMatchObject({
      connection: 'connected',
      sinceMs: 5,
    });
    expect(after([5, seen('connecting')], [9, seen('disconnected')])).toMatchObject({ sinceMs: 5 });
    expect(LOST).toMatchObject({ connection: 'disconnected', sinceMs: HOUR_MS, code: 'close' });
  });

  it('is not changed by a provider that cannot tell', () => {
    expect(sessionAfter(LOST, seen('unknown'), HOUR_MS + 1, POLICY)).toBeNull();
    expect(sessionAfter(null, seen('unknown'), 0, POLICY)).toBeNull();
  });

  it('is restarted when it has been lost for the wait, with growing gaps, and then no more', () => {
    const dueAt: number[] = [];
    let session = LOST;
    for (let nowMs = HOUR_MS; nowMs < 2 * HOUR_MS; nowMs += 1000) {
      session = sessionAfter(session, seen('disconnected'), nowMs, POLICY)!;
      if (!isRestartDue(session, nowMs, POLICY)) continue;
      dueAt.push(nowMs - HOUR_MS);
      session = restartBegun(session, nowMs, POLICY);
    }
    expect(dueAt).toEqual([30_000, 90_000, 210_000]);
    expect(lostReason(session, 2 * HOUR_MS, POLICY)).toContain('restarted 3 times and did not come back');
  });

  it('that comes back for a moment only is not restarted for ever', () => {
    let session = LOST;
    let restarts = 0;
    for (let nowMs = HOUR_MS; nowMs < 5 * HOUR_MS; nowMs += 1000) {
      const sight = nowMs % 300_000 < 60_000 ? seen('connected') : seen('disconnected');
      session = sessionAfter(session, sight, nowMs, POLICY)!;
      if (!isRestartDue(session, nowMs, POLICY)) continue;
      restarts += 1;
      session = restartBegun(session, nowMs, POLICY);
    }
    expect(restarts).toBe(3);
  });

  it('that was connected for a while has all its restarts again', () => {
    const spent = { ...LOST, restarts: 3 };
    const back = sessionAfter(spent, seen('connected'), HOUR_MS + 1, POLICY)!;
    const soon = sessionAfter(back, seen('disconnected'), HOUR_MS + 60_000, POLICY)!;
    const later = sessionAfter(back, seen('disconnected'), 2 * HOUR_MS, POLICY)!;
    expect([soon.restarts, later.restarts]).toEqual([3, 0]);
  });

  it.each([
    ['logged out', seen('disconnected', { needsPerson: true, code: '401' })],
    ['waiting for a scan', seen('connecting', { needsPerson: true, source: 'webhook' })],
  ])('is never restarted by itself: %s', (_what, sight) => {
    const told = sessionAfter(LOST, sight, HOUR_MS + 1, POLICY)!;
    expect(isRestartDue(told, 9 * HOUR_MS, POLICY)).toBe(false);
    // A look that knows less does not take it back.
    const looked = sessionAfter(told, seen('disconnected'), HOUR_MS + 2, POLICY)!;
    expect(looked).toMatchObject({ needsPerson: true, code: told.code });
    expect(isRestartDue(looked, 9 * HOUR_MS, POLICY)).toBe(false);
    expect(lostReason(looked, HOUR_MS, POLICY)).toContain('a person must act');
    expect(sessionAfter(looked, seen('connected'), 2 * HOUR_MS, POLICY)).toMatchObject({
      connection: 'connected',
      needsPerson: false,
    });
  });

  it('is left to a person when a restart says that none helps', () => {
    const left = leftToPerson(LOST, 'banned', 'The number is banned.');
    expect(isRestartDue(left, 9 * HOUR_MS, POLICY)).toBe(false);
    expect(lostReason(left, HOUR_MS, POLICY)).toContain(
      'The number is banned. It is not restarted by itself',
    );
  });

  it('is never restarted where the policy allows none', () => {
    const lost = sessionAfter(null, seen('disconnected'), 0, NEVER)!;
    expect(isRestartDue(lost, 9 * HOUR_MS, NEVER)).toBe(false);
    expect(lostReason(lost, 0, NEVER)).toContain('POST /api/channels/:id/restart restarts it');
  });

  it('begins anew when a person orders a restart', () => {
    const left = { ...leftToPerson(LOST, 'qr', 'Scan the code.'), restarts: 3, refusals: 4 };
    const ordered = restartOrdered(left, 2 * HOUR_MS, POLICY);
    expect(ordered).toMatchObject({ needsPerson: false, restarts: 0, refusals: 0 });
    expect(isRestartDue(ordered, 2 * HOUR_MS + 30_000, POLICY)).toBe(true);
  });

  it('says when it is restarted, and which try it is', () => {
    const begun = restartBegun(LOST, HOUR_MS + 30_000, POLICY);
    expect(lostReason(LOST, HOUR_MS, POLICY)).toBe(
      'Its session is disconnected. Its provider says close. Unless it comes back, it is restarted at ' +
        '1970-01-01T01:00:30.000Z (1 of 3).',
    );
    expect(lostReason(begun, HOUR_MS + 30_001, POLICY)).toContain('(2 of 3)');
  });

  describe('whose sends are refused while the provider calls it connected', () => {
    const refused = seen('disconnected', { source: 'send', code: 'connection_closed' });
    const once = after([0, seen('connected')], [HOUR_MS, refused]);

    it('is believed by a webhook at once, and by a look after a moment', () => {
      expect(sessionAfter(once, seen('connected'), HOUR_MS + 5000, POLICY)).toBeNull();
      expect(sessionAfter(once, seen('connected'), HOUR_MS + 10_000, POLICY)?.connection).toBe('connected');
      const told = seen('connected', { source: 'webhook' });
      expect(sessionAfter(once, told, HOUR_MS + 1, POLICY)?.connection).toBe('connected');
    });

    it('is restarted when it happens again, and believed then', () => {
      const back = sessionAfter(once, seen('connected'), HOUR_MS + 10_000, POLICY)!;
      const twice = sessionAfter(back, refused, HOUR_MS + 12_000, POLICY)!;
      expect(twice.refusals).toBe(2);
      const dueMs = HOUR_MS + 42_000;
      expect(sessionAfter(twice, seen('connected'), dueMs, POLICY)).toBeNull();
      expect(isRestartDue(twice, dueMs, POLICY)).toBe(true);
      const restarted = restartBegun(twice, dueMs, POLICY);
      expect(sessionAfter(restarted, seen('connected'), dueMs + 1, POLICY)?.connection).toBe('connected');
    });

    it('is tried again and again, the wait apart, once no restart is left', () => {
      const spent = { ...once, refusals: 9, restarts: 3 };
      expect(sessionAfter(spent, seen('connected'), HOUR_MS + 29_999, POLICY)).toBeNull();
      expect(sessionAfter(spent, seen('connected'), HOUR_MS + 30_000, POLICY)?.connection).toBe('connected');
    });
  });
});
