import { Injectable, Logger } from '@nestjs/common';
import { GateRepository } from '../ledger/gate.repository.js';

/** How old a flag may be: past it, a row that waits for its instant could begin after a pause. */
const REFRESH_MS = 200;

/**
 * Says before each call, from memory, whether its dispatch was closed since the barrier, or its channel paused for it:
 * rows that have not begun are handed back. The gate decides what passes the barrier; this only shortens what was past it already.
 */
@Injectable()
export class PauseFlags {
  private readonly logger = new Logger('Queue');
  private readonly watched = new Map<string, number>();
  private closed = new Set<string>();
  private timer: NodeJS.Timeout | null = null;
  private isStopping = false;

  constructor(private readonly gates: GateRepository) {}

  /** Whether calls of this dispatch over this channel may not begin any more. */
  isClosed(dispatchId: string, channelId: string): boolean {
    if (this.isStopping) return true;
    if (this.closed.size === 0) return false;
    return this.closed.has(dispatchId) || this.closed.has(`${dispatchId}/${channelId}`);
  }

  /** Keeps the flags of a dispatch fresh until the returned function is called. */
  watch(dispatchId: string, channelId: string): () => void {
    this.watched.set(dispatchId, (this.watched.get(dispatchId) ?? 0) + 1);
    this.closed.delete(dispatchId);
    this.closed.delete(`${dispatchId}/${channelId}`);
    this.timer ??= setInterval(() => void this.refresh(), REFRESH_MS);
    return () => {
      const left = (this.watched.get(dispatchId) ?? 1) - 1;
      if (left > 0) this.watched.set(dispatchId, left);
      else this.watched.delete(dispatchId);
      if (this.watched.size === 0 && this.timer !== null) {
        clearInterval(this.timer);
        this.timer = null;
      }
    };
  }

  /** This process is going down: what has not begun is handed back. */
  stopAll(): void {
    this.isStopping = true;
  }

  private async refresh(): Promise<void> {
    try {
      this.closed = await this.gates.closedAmong([...this.watched.keys()]);
    } catch (error) {
      // Without Postgres no barrier passes either; the flags stay as they were.
      this.logger.debug(`the pause flags could not be refreshed: ${(error as Error).message}`);
    }
  }
}
