import type { Redis } from 'ioredis';

/** What Redis answers to a write that it will not take, by the first word, for a person. */
const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'its memory is full: raise maxmemory, or see what else lies in it',
  MISCONF: 'it cannot write to its disk, which is full or broken',
  READONLY: 'it is a replica: REDIS_URL must lead to the primary',
  NOPERM: 'the user of REDIS_URL may not write',
};
const PROBE_KEPT_MS = 60_000;
const KEEPS_ALL = 'noeviction';

/**
 * Why Redis takes no writes, or null where it does. Asked by a write, for reads are answered all the same; rejects where
 * nothing is answered.
 */
export async function writeRefusal(redis: Redis, prefix: string): Promise<string | null> {
  try {
    await redis.set(`${prefix}:takes-writes`, '1', 'PX', PROBE_KEPT_MS);
    return null;
  } catch (error) {
    if ((error as Error).name !== 'ReplyError') throw error;
    const [word = ''] = (error as Error).message.split(' ');
    return REFUSALS[word] ?? `it answers ${word}`;
  }
}

/**
 * The policy by which Redis drops keys to make room, or null where it drops none. INFO tells it where CONFIG is
 * forbidden, as in managed services; what tells neither is not held against it.
 */
export async function evictionPolicy(redis: Redis): Promise<string | null> {
  const memory = await redis.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? KEEPS_ALL;
  return policy === KEEPS_ALL ? null : policy;
}
