import { Injectable, Logger } from '@nestjs/common';
import { BacklogSignal } from '../backlog-signal.js';
import type { WebhookEvent } from './webhook-event.js';
import { WebhookSpool } from './webhook-spool.js';
import { WebhookStore } from './webhook-store.js';
import { IntakeUnavailableError } from './webhook.errors.js';

const GATHER_MS = 4;
const MOST_EVENTS = 250;
const MOST_BYTES = 2 * 1024 * 1024;
/** Commits under way at once: while one waits for the disk, the next is gathered and parsed. */
const LANES = 2;
const MOST_WAITING_EVENTS = 5000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;
/** Providers ask for an answer within seconds; a later one is a repeated webhook. */
const ANSWER_WITHIN_MS = 5000;

/** Webhooks that are committed together, and the callers that wait for it. */
interface Group {
  readonly events: WebhookEvent[];
  bytes: number;
  readonly committed: Promise<void>;
  readonly answer: (error?: Error) => void;
}

/**
 * Stores webhooks durably, many to a commit: one commit a webhook ends at the rate at which the disk syncs. The first
 * of a group waits 4 ms for others, and while both lanes are busy groups fill up by themselves, so the commits grow
 * with the load and not in number. What cannot be stored in time, or would make the queue longer than its bound, is
 * refused, and the provider brings it again; where it would not, the webhook goes to the spool on this machine's disk.
 */
@Injectable()
export class WebhookInbox {
  private readonly logger = new Logger('Webhooks');
  private readonly groups: Group[] = [];
  private waitingEvents = 0;
  private waitingBytes = 0;
  private busyLanes = 0;
  private gathering: NodeJS.Timeout | undefined;
  private isFailing = false;

  constructor(
    private readonly webhooks: WebhookStore,
    private readonly spool: WebhookSpool,
    private readonly signal: BacklogSignal,
  ) {}

  /** Returns when the webhook is durable; throws IntakeUnavailableError when that is not known. */
  store(event: WebhookEvent): Promise<void> {
    const stored = this.gather(event);
    return event.source.isRepeated ? stored : stored.catch(() => this.spool.keep(event));
  }

  private gather(event: WebhookEvent): Promise<void> {
    const bytes = event.body.length;
    if (
      this.waitingEvents >= MOST_WAITING_EVENTS ||
      (this.waitingEvents > 0 && this.waitingBytes + bytes > MOST_WAITING_BYTES)
    ) {
      return Promise.reject(new IntakeUnavailableError('Too many webhooks wait to be stored.'));
    }
    const group = this.groupFor(bytes);
    group.events.push(event);
    group.bytes += bytes;
    this.waitingEvents += 1;
    this.waitingBytes += bytes;
    if (isFull(group)) this.flush();
    else this.gathering ??= setTimeout(() => this.flush(), GATHER_MS);
    return group.committed;
  }

  private groupFor(bytes: number): Group {
    const last = this.groups.at(-1);
    if (last !== undefined && !isFull(last) && last.bytes + bytes <= MOST_BYTES) return last;
    const group = newGroup();
    this.groups.push(group);
    return group;
  }

  /** Commits as many groups as there are lanes free; the end of a commit comes back here. */
  private flush(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    while (this.busyLanes < LANES) {
      const group = this.groups.shift();
      if (group === undefined) return;
      void this.commit(group);
    }
  }

  private async commit(group: Group): Promise<void> {
    this.busyLanes += 1;
    try {
      await this.webhooks.insert(group.events);
      group.answer();
      this.signal.raise();
      this.isFailing = false;
    } catch (error) {
      group.answer(new IntakeUnavailableError('The webhook could not be stored.'));
      if (!this.isFailing) this.logger.error(`webhooks cannot be stored: ${(error as Error).message}`);
      this.isFailing = true;
    } finally {
      this.busyLanes -= 1;
      this.waitingEvents -= group.events.length;
      this.waitingBytes -= group.bytes;
      this.flush();
    }
  }
}

function isFull(group: Group): boolean {
  return group.events.length >= MOST_EVENTS || group.bytes >= MOST_BYTES;
}

/**
 * A commit that hangs keeps its lane, so that a stuck Postgres is not given ever more of them; its callers are
 * answered all the same.
 */
function newGroup(): Group {
  let answer: Group['answer'] = () => undefined;
  const committed = new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new IntakeUnavailableError('The webhook could not be stored in time.')),
      ANSWER_WITHIN_MS,
    );
    answer = (error) => {
      clearTimeout(deadline);
      if (error === undefined) resolve();
      else reject(error);
    };
  });
  return { events: [], bytes: 0, committed, answer };
}
