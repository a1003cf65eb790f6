import { Pool } from 'undici';
import { templateCall } from './template-call.js';

/**
 * The limit: the same requests in a bare loop on one process, nothing written down. A child process of the bench:
 * argv is url, messages, connections; prints messages a second.
 */
const [url = '', messages = '0', connections = '100'] = process.argv.slice(2);
const pool = new Pool(url, { connections: Number(connections), pipelining: 1 });
let next = 0;

async function lane(): Promise<void> {
  while (next < Number(messages)) {
    next += 1;
    const { statusCode, body } = await pool.request(templateCall(next, `+5215${510_000_000 + next}`));
    const answer = (await body.json()) as { messages: { id: string }[] };
    if (statusCode !== 200 || answer.messages[0]?.id === undefined) throw new Error(`answered ${statusCode}`);
  }
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, lane));
console.log(Number(messages) / ((performance.now() - startedMs) / 1000));
await pool.close();
