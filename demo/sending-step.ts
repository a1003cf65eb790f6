import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api-client.js';
import { progressOf, type CampaignProgress } from './campaign-progress.js';
import { RateMeter } from './rate-meter.js';
import type { Screen } from './screen.js';

const LOOK_AGAIN_MS = 250;
/** Longer than any pause that heals by itself: an open breaker probes after a minute. */
const STALLED_AFTER_MS = 90_000;
const ON_ITS_WAY = new Set(['preparing', 'sending']);

/** Shows the campaign until it is completed; throws when it ends in another way or nothing moves any more. */
export async function watchSending(
  api: ApiClient,
  screen: Screen,
  { id, contacts }: { id: string; contacts: number },
  signal: AbortSignal,
): Promise<void> {
  const meter = new RateMeter();
  let movedAtMs = performance.now();
  let lastProcessed = -1;
  for (;;) {
    const state = await progressOf(api, id);
    const nowMs = performance.now();
    const { processed, skipped, cancelled } = state.progress;
    if (processed !== lastProcessed) movedAtMs = nowMs;
    lastProcessed = processed;
    const rate = meter.add(nowMs, processed - skipped - cancelled);
    screen.progress({
      label: 'Sending',
      done: processed,
      // Not yet all of them while the campaign is being prepared.
      total: Math.max(contacts, state.progress.total),
      rate,
      figures: figuresOf(state),
      ...reasonOf(state),
    });
    if (state.status === 'completed') {
      screen.endProgress();
      return;
    }
    if (!ON_ITS_WAY.has(state.status)) {
      throw new Error(`the campaign is ${state.status}: ${state.reason?.text ?? 'without a reason'}`);
    }
    if (nowMs - movedAtMs > STALLED_AFTER_MS) {
      const why = state.reason?.text ?? 'the campaign gives no reason';
      throw new Error(
        `the campaign has stood still for ${STALLED_AFTER_MS / 1000} s, ${state.status} with ${processed} of ` +
          `${contacts} recipients settled: ${why}`,
      );
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** A read message was delivered, and a delivered one sent. */
function figuresOf({ progress }: CampaignProgress): Record<string, number> {
  const { accepted, sent, delivered, read, failed, unknown } = progress;
  return {
    sent: accepted + sent + delivered + read,
    delivered: delivered + read,
    read,
    failed,
    ...(unknown === 0 ? {} : { unknown }),
  };
}

function reasonOf({ status, reason }: CampaignProgress): { reason?: string } {
  return status === 'sending' && reason ? { reason: reason.text } : {};
}
