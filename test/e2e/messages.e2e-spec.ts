import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const WAIT = { timeout: 60_000, interval: 100 };
const LEASE_MS = 3500;

interface Task {
  readonly status: string;
  readonly state: string;
}

describe('single messages on real processes', () => {
  let stack: Stack;
  let numbers = 0;

  beforeAll(async () => {
    stack = await Stack.start({
      workers: 2,
      environment: {
        CAUDAL_LEASE_MS: String(LEASE_MS),
        CAUDAL_SEND_TIMEOUT_MS: '1500',
        CAUDAL_TURN_MS: '1000',
      },
    });
  });

  afterAll(async () => {
    await stack.stop();
  });

  const post = async (channelId: string): Promise<string> => {
    numbers += 1;
    const phone = `+5255${String(40_000_000 + numbers)}`;
    const { status, body } = await stack.api.post<{ task_id: string }>('/api/messages', {
      phone,
      message: 'Hola',
      channelId,
    });
    if (status !== 202) throw new Error(`the message was answered ${status}: ${JSON.stringify(body)}`);
    return body.task_id;
  };
  const postMany = (count: number, channelId: string): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, () => post(channelId)));
  const statesOf = async (ids: readonly string[]): Promise<Set<string>> => {
    const tasks = await Promise.all(ids.map((id) => stack.api.get<Task>(`/api/tasks/${id}`)));
    return new Set(tasks.map(({ body }) => body.state));
  };
  /** Counters and rows of the one stream of a channel, seen at one moment. */
  const auditStream = async (channelId: string) => {
    const [stream] = await stack.ledger.sql.query<{ id: string }>(
      'SELECT dispatch_id AS id FROM open_streams WHERE channel_id = $1',
      [channelId],
    );
    const id = stream!.id;
    const { counted, recounted } = await stack.ledger.sql.transaction(async (tx) => {
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      return {
        counted: await stack.ledger.progress.of(id, tx),
        recounted: await stack.ledger.progress.recount(id, tx),
      };
    });
    expect(counted).toEqual(recounted);
    const seen = await stack.simulator.summary({ callbackPrefix: `${id}:` });
    expect(seen.accepted).toBe(seen.distinct);
    return { counted, seen };
  };

  it('carries each from the post to read', async () => {
    const channelId = await stack.createChannel({ readRate: 1, statusDelayMs: 20 });
    const ids = await postMany(200, channelId);
    await expect.poll(async () => [...(await statesOf(ids))], WAIT).toEqual(['read']);
    const { counted, seen } = await auditStream(channelId);
    expect([counted.read, seen.accepted]).toEqual([200, 200]);
  });

  it('sends none twice and loses none when a worker is killed in the middle', async () => {
    const channelId = await stack.createChannel({ latencyMs: 100, readRate: 1, statusDelayMs: 20 });
    const before = await postMany(100, channelId);
    const during = postMany(300, channelId);
    await stack.killWorker(stack.workers[0]!);
    await stack.startWorker();
    const ids = [...before, ...(await during)];
    await expect
      .poll(async () => {
        const { counted, seen } = await auditStream(channelId);
        return counted.read === seen.distinct && counted.read + counted.unknown === 400;
      }, WAIT)
      .toBe(true);
    expect(['read', 'unknown']).toEqual(expect.arrayContaining([...(await statesOf(ids))]));
  });

  it('goes on by itself after everything in Redis was lost', async () => {
    const channelId = await stack.createChannel({}, { perSecond: 50 });
    const ids = await postMany(100, channelId);
    await stack.wipeRedis();
    const more = await postMany(10, channelId);
    await expect
      .poll(async () => {
        const states = await statesOf([...ids, ...more]);
        return states.has('pending') || states.has('inflight');
      }, WAIT)
      .toBe(false);
    const { counted, seen } = await auditStream(channelId);
    expect(seen.accepted + counted.unknown).toBe(110);
  });
});
