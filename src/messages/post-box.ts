import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../config/config.js';
import { isProvedUndone } from '../ledger/commit-doubt.js';
import type { MessagePosition, StreamKey, StreamRow } from '../ledger/stream.js';
import { StreamBells } from '../queue/stream-bells.js';
import { MessageOutcomeUnknownError, MessagesUnavailableError } from './message.errors.js';
import { StreamWriter } from '../ledger/stream-writer.js';

const GATHER_MS = 4;
/**
 * While posts keep coming, from one commit of a stream to the next: each waits for the disk, and two or three messages
 * are few for that.
 */
const BUSY_GATHER_MS = 25;
/** Past it, a commit costs less than what is in it. */
const MOST_TOGETHER = 200;
/** A few seconds of posts at full speed; whoever comes then is told to come back. */
const MOST_WAITING = 5000;

interface Post {
  readonly row: StreamRow;
  readonly stored: (position: MessagePosition) => void;
  readonly refused: (error: Error) => void;
}

/** The posts of one stream that wait for their commit. */
interface Lane {
  readonly stream: StreamKey;
  readonly posts: Post[];
  gathering: NodeJS.Timeout | undefined;
  isBusy: boolean;
  /** performance.now() at which the last group left. */
  flushedMs: number;
}

/**
 * Stores single messages durably, many to a commit: the first of a group waits 4 ms for others, and while posts keep
 * coming the groups of a stream leave 25 ms apart, so that commits grow with the load and not in number. One at a time
 * for each stream: they would wait for each other's numbers anyway. Behind each commit its stream is rung for.
 */
@Injectable()
export class PostBox {
  private readonly logger = new Logger('Messages');
  private readonly lanes = new Map<string, Lane>();
  private waiting = 0;

  constructor(
    private readonly writer: StreamWriter,
    private readonly bells: StreamBells,
    private readonly config: Config,
  ) {}

  /** Returns when the message is durable, with the place that it got. */
  post(stream: StreamKey, row: StreamRow): Promise<MessagePosition> {
    if (this.waiting >= MOST_WAITING) {
      return Promise.reject(new MessagesUnavailableError('Too many messages wait to be stored.'));
    }
    this.waiting += 1;
    return new Promise((stored, refused) => {
      const lane = this.laneOf(stream);
      lane.posts.push({ row, stored, refused });
      if (lane.isBusy) return;
      if (lane.posts.length >= this.mostTogether) this.flush(lane);
      else lane.gathering ??= setTimeout(() => this.flush(lane), GATHER_MS);
    });
  }

  private get mostTogether(): number {
    return Math.min(MOST_TOGETHER, this.config.engine.batchSize);
  }

  private laneOf(stream: StreamKey): Lane {
    const key = keyOf(stream);
    let lane = this.lanes.get(key);
    if (lane === undefined) {
      lane = { stream, posts: [], gathering: undefined, isBusy: false, flushedMs: 0 };
      this.lanes.set(key, lane);
    }
    return lane;
  }

  private flush(lane: Lane): void {
    clearTimeout(lane.gathering);
    lane.gathering = undefined;
    lane.isBusy = true;
    lane.flushedMs = performance.now();
    const posts = lane.posts.splice(0, this.mostTogether);
    void this.commit(lane.stream, posts).then(() => {
      lane.isBusy = false;
      this.waiting -= posts.length;
      if (lane.posts.length === 0) this.lanes.delete(keyOf(lane.stream));
      else this.flushSoon(lane);
    });
  }

  private flushSoon(lane: Lane): void {
    const leftMs = lane.flushedMs + BUSY_GATHER_MS - performance.now();
    if (leftMs <= 0 || lane.posts.length >= this.mostTogether) this.flush(lane);
    else lane.gathering = setTimeout(() => this.flush(lane), leftMs);
  }

  /** Never throws: what went wrong is told to those who posted. */
  private async commit(stream: StreamKey, posts: readonly Post[]): Promise<void> {
    try {
      const rows = posts.map((post) => post.row);
      const { dispatchId, firstSeq, skipped } = await this.writer.write(stream, rows);
      for (const [index, post] of posts.entries()) post.stored({ dispatchId, seq: firstSeq + index });
      if (skipped < posts.length) this.bells.ring(dispatchId, stream.channelId);
    } catch (error) {
      this.logger.error(`${posts.length} messages could not be stored: ${(error as Error).message}`);
      for (const post of posts) {
        post.refused(
          isProvedUndone(error)
            ? new MessagesUnavailableError('The database did not take the message.')
            : new MessageOutcomeUnknownError(),
        );
      }
    }
  }
}

function keyOf({ workspaceId, channelId, category }: StreamKey): string {
  return `${workspaceId} ${channelId} ${category}`;
}
