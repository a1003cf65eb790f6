import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import type { Queryable } from '../database/sql.js';
import type { StreamAppended, StreamKey, StreamRow } from './stream.js';
import { StreamAppendRepository } from './stream-append.repository.js';
import { StreamRepository } from './stream.repository.js';

/** A stream may be retired between its opening and the append, but not time and again. */
const MOST_OPENINGS = 3;

/** Writes single messages to the dispatch of their channel and UTC day, and opens it where it is the day's first. */
@Injectable()
export class StreamWriter {
  constructor(
    private readonly appends: StreamAppendRepository,
    private readonly streams: StreamRepository,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** With `tx` in that transaction, which holds the stream until its end; only the opening of a stream is its own. */
  async write(stream: StreamKey, rows: readonly StreamRow[], tx?: Queryable): Promise<StreamAppended> {
    const day = utcDayOf(this.clock.now());
    for (let openings = 0; openings <= MOST_OPENINGS; openings += 1) {
      if (openings > 0) await this.streams.open(stream, day);
      const appended = await this.appends.append(stream, day, rows, this.config.engine.batchSize, tx);
      if (appended !== null) return appended;
    }
    throw new Error(`the stream of channel ${stream.channelId} was retired ${MOST_OPENINGS} times in a row`);
  }
}

export function utcDayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
