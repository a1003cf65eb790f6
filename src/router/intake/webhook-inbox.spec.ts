import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BacklogSignal } from '../backlog-signal.js';
import type { WebhookEvent } from './webhook-event.js';
import type { WebhookSpool } from './webhook-spool.js';
import type { WebhookStore } from './webhook-store.js';
import { WebhookInbox } from './webhook-inbox.js';
import { IntakeUnavailableError } from './webhook.errors.js';

/** Commits that end when the test says so. */
class FakeRepository {
  readonly inserts: { events: readonly WebhookEvent[]; commit(): void; fail(error: Error): void }[] = [];

  insert(events: readonly WebhookEvent[]): Promise<void> {
    return new Promise((commit, fail) => this.inserts.push({ events, commit, fail }));
  }
}

function event(body: string | number = 'x', isRepeated = true): WebhookEvent {
  return {
    source: {
      workspaceId: null,
      provider: 'whatsapp-cloud',
      scope: 's',
      channelIds: [],
      addressChannelId: null,
      isRepeated,
    },
    contentType: null,
    query: '',
    lane: 1,
    arrivedAtMs: 1_763_700_000_000,
    body: typeof body === 'number' ? Buffer.alloc(body) : Buffer.from(body),
  };
}

describe('WebhookInbox', () => {
  let repository: FakeRepository;
  let inbox: WebhookInbox;
  let spooled: WebhookEvent[];

  beforeEach(() => {
    vi.useFakeTimers();
    spooled = [];
    repository = new FakeRepository();
    inbox = new WebhookInbox(
      repository as unknown as WebhookStore,
      { keep: async (kept: WebhookEvent) => void spooled.push(kept) } as unknown as WebhookSpool,
      new BacklogSignal(),
    );
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  /** The outcome of a store, readable while it is open. */
  function watch(stored: Promise<void>): { outcome: 'open' | 'stored' | Error } {
    const watched: { outcome: 'open' | 'stored' | Error } = { outcome: 'open' };
    stored.then(
      () => (watched.outcome = 'stored'),
      (error: Error) => (watched.outcome = error),
    );
    return watched;
  }

  it('commits what comes within some milliseconds together, and answers only after the commit', async () => {
    const first = watch(inbox.store(event('a')));
    const second = watch(inbox.store(event('b')));
    expect(repository.inserts).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(5);
    expect(repository.inserts.map((insert) => insert.events.length)).toEqual([2]);
    expect([first.outcome, second.outcome]).toEqual(['open', 'open']);
    repository.inserts[0]!.commit();
    await vi.advanceTimersByTimeAsync(0);
    expect([first.outcome, second.outcome]).toEqual(['stored', 'stored']);
  });

  it('does not wait for company once a commit is full', () => {
    for (let count = 0; count < 250; count += 1) void inbox.store(event());
    expect(repository.inserts.map((insert) => insert.events.length)).toEqual([250]);
  });

  it('has two commits under way at most, and gathers meanwhile', async () => {
    for (let round = 0; round < 5; round += 1) {
      void inbox.store(event());
      await vi.advanceTimersByTimeAsync(5);
    }
    expect(repository.inserts.map((insert) => insert.events.length)).toEqual([1, 1]);
    repository.inserts[0]!.commit();
    await vi.advanceTimersByTimeAsync(0);
    expect(repository.inserts.map((insert) => insert.events.length)).toEqual([1, 1, 3]);
  });

  it('refuses those whose commit failed, and nobody else', async () => {
    const failed = watch(inbox.store(event()));
    await vi.advanceTimersByTimeAsync(5);
    const stored = watch(inbox.store(event()));
    await vi.advanceTimersByTimeAsync(5);
    repository.inserts[0]!.fail(new Error('no disk'));
    repository.inserts[1]!.commit();
    await vi.advanceTimersByTimeAsync(0);
    expect(failed.outcome).toBeInstanceOf(IntakeUnavailableError);
    expect(stored.outcome).toBe('stored');
  });

  it('keeps on disk what failed and nobody would bring again, and answers it as stored', async () => {
    const repeated = watch(inbox.store(event('a')));
    const once = watch(inbox.store(event('b', false)));
    await vi.advanceTimersByTimeAsync(5);
    repository.inserts[0]!.fail(new Error('no disk'));
    await vi.advanceTimersByTimeAsync(0);
    expect(repeated.outcome).toBeInstanceOf(IntakeUnavailableError);
    expect([once.outcome, spooled.map((kept) => kept.body.toString())]).toEqual(['stored', ['b']]);
  });

  it('W-14 refuses what would make the queue longer than its bound, until there is room again', async () => {
    const first = inbox.store(event());
    for (let count = 1; count < 5000; count += 1) void inbox.store(event());
    await expect(inbox.store(event())).rejects.toBeInstanceOf(IntakeUnavailableError);
    repository.inserts[0]!.commit();
    await first;
    await vi.advanceTimersByTimeAsync(0);
    expect(watch(inbox.store(event())).outcome).toBe('open');
  });

  it('refuses bodies that together would take too much memory', async () => {
    const megabytes = 4 * 1024 * 1024;
    for (let count = 0; count < 16; count += 1) void inbox.store(event(megabytes));
    await expect(inbox.store(event(megabytes))).rejects.toBeInstanceOf(IntakeUnavailableError);
  });

  it('answers in time when Postgres hangs, and gives it no more than two commits to hang on', async () => {
    const stuck = [watch(inbox.store(event()))];
    await vi.advanceTimersByTimeAsync(5);
    stuck.push(watch(inbox.store(event())));
    await vi.advanceTimersByTimeAsync(5);
    stuck.push(watch(inbox.store(event())));
    await vi.advanceTimersByTimeAsync(5000);
    for (const one of stuck) expect(one.outcome).toBeInstanceOf(IntakeUnavailableError);
    expect(repository.inserts).toHaveLength(2);
  });
});
