import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { DeploymentCheck } from '../database/deployment.js';
import { BatchRepository } from '../ledger/batch.repository.js';
import { BatchWork } from './batch-work.js';
import { ChannelLines } from './channel-line.js';
import { DispatchCache } from './dispatch-cache.js';
import { PauseFlags } from './pause-flags.js';
import { Throttle } from './throttle.js';
import { TurnBook } from './turn-book.js';
import { WorkerIdentity } from './worker-identity.js';

/** A line that could not be made ready is tried again after this. */
const LINE_RETRY_MS = 1000;

/** What a turn leaves to do: ring again at once, at a time (performance.now()), or nothing that this turn knows of. */
export type TurnEnd =
  { readonly ring: 'now' } | { readonly ring: 'later'; readonly atMs: number } | { readonly ring: 'no' };

/**
 * One visit of this worker to one (dispatch, channel): leases batch after batch for at most `turnMs`, then lets others
 * have the worker. So a huge dispatch does not starve a small one, and a slow channel holds nobody.
 */
@Injectable()
export class Turn {
  constructor(
    private readonly batches: BatchRepository,
    private readonly work: BatchWork,
    private readonly lines: ChannelLines,
    private readonly dispatches: DispatchCache,
    private readonly flags: PauseFlags,
    private readonly book: TurnBook,
    private readonly throttle: Throttle,
    private readonly worker: WorkerIdentity,
    private readonly deployment: DeploymentCheck,
    private readonly config: Config,
  ) {}

  async run(dispatchId: string, channelId: string): Promise<TurnEnd> {
    if (this.deployment.forbidsSending()) return { ring: 'no' };
    const open = await this.lines.lineOf(channelId);
    const known = await this.dispatches.get(dispatchId);
    if (open === null || known === null || open.channel.heldCode !== null) return { ring: 'no' };
    if (!(await open.line.prepare(this.config.engine.sendTimeoutMs))) {
      return { ring: 'later', atMs: performance.now() + LINE_RETRY_MS };
    }
    const unwatch = this.flags.watch(dispatchId, channelId);
    const place = this.book.begin(dispatchId, channelId);
    let draining: Promise<number | null> = Promise.resolve(null);
    let isDry = false;
    try {
      const endsMs = performance.now() + this.config.engine.turnMs;
      let soonestMs = Infinity;
      let isCovered = false;
      while (performance.now() < endsMs) {
        const batch = await this.batches.lease(
          dispatchId,
          channelId,
          this.worker.id,
          this.config.engine.leaseMs,
        );
        isDry = batch === null;
        const run = batch === null ? null : await this.work.work({ batch, ...known, ...open, place, endsMs });
        isCovered = run?.isCovered ?? false;
        // The last answers of one batch are awaited while the next one is sent, and never those of more than one.
        soonestMs = Math.min(soonestMs, (await draining) ?? Infinity);
        draining = run?.readyAtMs ?? Promise.resolve(null);
        draining.catch(() => undefined);
        if (run === null || !run.mayGoOn) break;
      }
      place.asksNoMore();
      const leftAtMs = (await draining) ?? Infinity;
      if (isCovered) return soonestMs === Infinity ? { ring: 'no' } : { ring: 'later', atMs: soonestMs };
      soonestMs = Math.min(soonestMs, leftAtMs);
      if (soonestMs === Infinity) return { ring: isDry ? 'no' : 'now' };
      return isDry || soonestMs > performance.now() ? { ring: 'later', atMs: soonestMs } : { ring: 'now' };
    } finally {
      await draining.catch(() => undefined);
      const isLast = place.end();
      const hasLeft = isDry || this.flags.isClosed(dispatchId, channelId);
      if (isLast && hasLeft && known.dispatch.kind !== 'stream') this.throttle.leave(channelId, dispatchId);
      unwatch();
    }
  }
}
