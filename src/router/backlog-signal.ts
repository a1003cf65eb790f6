import { Injectable } from '@nestjs/common';

/**
 * Tells the worker of the same process that something was stored. Only a shortcut: a worker elsewhere, or one that
 * missed it, finds the backlog by looking.
 */
@Injectable()
export class BacklogSignal {
  private isRaised = false;
  private wake: (() => void) | undefined;

  raise(): void {
    this.isRaised = true;
    this.wake?.();
  }

  /** Ends when it is raised, at once if it was since the last wait, or after `atMostMs`. One waiter at a time. */
  async wait(atMostMs: number): Promise<void> {
    if (!this.isRaised) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.wake = undefined;
    this.isRaised = false;
  }
}
