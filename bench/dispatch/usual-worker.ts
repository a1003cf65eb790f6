import Bull from 'bull';
import pg from 'pg';
import { Pool } from 'undici';
import { templateCall } from './template-call.js';

/**
 * The rival: the usual design. One Bull job a message; its processor marks the row, calls the provider, marks the row.
 * A child process of the bench: argv is url, messages, concurrency, databaseUrl, redisUrl; prints messages a second.
 */
const [url = '', messages = '0', concurrency = '50', databaseUrl = '', redisUrl = ''] = process.argv.slice(2);
const count = Number(messages);
const database = new pg.Pool({ connectionString: databaseUrl, max: 20 });
const provider = new Pool(url, { connections: Number(concurrency), pipelining: 1 });
const queue = new Bull<{ id: number; to: string }>(`usual-${process.pid}`, redisUrl);

await database.query('DROP TABLE IF EXISTS usual_messages');
await database.query(
  `CREATE TABLE usual_messages (id int PRIMARY KEY, recipient text, status text, provider_id text, updated_at timestamptz)`,
);
await database.query('CREATE INDEX ON usual_messages (status)');
await database.query(
  `INSERT INTO usual_messages (id, recipient, status) SELECT i, '+5215' || (510000000 + i), 'pending' FROM generate_series(1, $1) i`,
  [count],
);
for (let from = 1; from <= count; from += 5000) {
  const jobs = Array.from({ length: Math.min(5000, count - from + 1) }, (_, i) => ({
    data: { id: from + i, to: `+5215${510_000_000 + from + i}` },
    opts: { attempts: 4, removeOnComplete: true },
  }));
  await queue.addBulk(jobs);
}

let done = 0;
const finished = new Promise<void>((resolve) => {
  queue.on('completed', () => {
    done += 1;
    if (done === count) resolve();
  });
});
const startedMs = performance.now();
void queue.process(Number(concurrency), async (job) => {
  await database.query(`UPDATE usual_messages SET status = 'sending', updated_at = now() WHERE id = $1`, [
    job.data.id,
  ]);
  const { body } = await provider.request(templateCall(job.data.id, job.data.to));
  const answer = (await body.json()) as { messages: { id: string }[] };
  await database.query(
    `UPDATE usual_messages SET status = 'sent', provider_id = $2, updated_at = now() WHERE id = $1`,
    [job.data.id, answer.messages[0]!.id],
  );
});
await finished;
console.log(count / ((performance.now() - startedMs) / 1000));
await queue.obliterate({ force: true });
await queue.close();
await provider.close();
await database.end();
