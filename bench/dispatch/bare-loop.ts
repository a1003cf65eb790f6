import { Pool } from 'undici';

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
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/v23.0/106540352242922/messages',
      headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
      body: JSON.stringify({
        messaging_product: 'whatsapp',
        recipient_type: 'individual',
        to: `+5215${510_000_000 + next}`,
        type: 'text',
        text: { body: `Hola Persona ${next}` },
        biz_opaque_callback_data: `1:${next}:1`,
      }),
    });
    const answer = (await body.json()) as { messages: { id: string }[] };
    if (statusCode !== 200 || answer.messages[0]?.id === undefined) throw new Error(`answered ${statusCode}`);
  }
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, lane));
console.log(Number(messages) / ((performance.now() - startedMs) / 1000));
await pool.close();
