import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BacklogSignal } from '../backlog-signal.js';
import type { WebhookApplier } from './webhook-applier.js';
import { WebhookWorker } from './webhook-worker.js';

/** Answers what the test lined up, then 0; remembers how many ran at once. */
class FakeApplier {
  calls = 0;
  mostAtOnce = 0;
  private atOnce = 0;

  constructor(private readonly answers: (number | Error)[]) {}

  async applyNext(): Promise<number> {
    this.calls += 1;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    this.atOnce -= 1;
    const answer = this.answers.shift() ?? 0;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  get isDone(): boolean {
    return this.answers.length === 0;
  }
}

describe('WebhookWorker', () => {
  let lines: string[];
  let worker: WebhookWorker | undefined;

  beforeEach(() => {
    lines = [];
    Logger.overrideLogger({
      log: (line: string) => lines.push(line),
      warn: (line: string) => lines.push(line),
      error: (line: string) => lines.push(line),
    });
  });

  afterEach(async () => {
    await worker?.beforeApplicationShutdown();
    Logger.overrideLogger(false);
  });

  function start(answers: (number | Error)[]): FakeApplier {
    const applier = new FakeApplier(answers);
    worker = new WebhookWorker(applier as unknown as WebhookApplier, new BacklogSignal());
    worker.onApplicationBootstrap();
    return applier;
  }

  it('goes on until the backlog is empty', async () => {
    const applier = start([3, 2, 1]);
    await until(() => applier.isDone);
    expect(applier.mostAtOnce).toBe(1);
  });

  it('takes a second lane only while the first comes back full', async () => {
    const applier = start([200, 200, 200, 200, 1]);
    await until(() => applier.isDone);
    expect(applier.mostAtOnce).toBe(2);
  });

  it('says a failure once however long it lasts, and that it is over', async () => {
    const applier = start([new Error('no Postgres'), new Error('no Postgres'), 1]);
    await until(() => applier.isDone && lines.length === 2);
    expect(lines).toEqual(['webhooks cannot be applied: no Postgres', 'webhooks are applied again']);
  });

  it('looks no more once it was stopped', async () => {
    const applier = start([]);
    await until(() => applier.calls > 0);
    await worker?.beforeApplicationShutdown();
    const { calls } = applier;
    await new Promise((resolve) => setImmediate(resolve));
    expect(applier.calls).toBe(calls);
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
