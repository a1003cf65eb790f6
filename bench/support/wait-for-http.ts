import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a GET is answered with 200; throws after `withinMs`. */
export async function waitForHttp(url: string, withinMs = 30_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    try {
      const answer = await fetch(url);
      await answer.text();
      if (answer.status === 200) return;
    } catch {
      // Not listening yet.
    }
    if (performance.now() > untilMs) throw new Error(`${url} did not answer within ${withinMs} ms`);
    await delay(50);
  }
}
