import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Config } from '../config/config.js';
import {
  agedBefore,
  Housekeeping,
  markOf,
  NOTHING_OLD,
  setMark,
  type Chunk,
} from '../database/housekeeping.js';
import type { Queryable } from '../database/sql.js';
import { RefRetentionRepository } from './ref-retention.repository.js';
import { RetentionRepository, type Going, type SeqRange } from './retention.repository.js';

const CONTENT = 'variables and texts of messages';
const ROWS = 'messages, attempts and batches';
const REFS = 'ids of providers';
const NONE = '0';
/** Some 50 ms each on a small machine. */
const MESSAGES_OF_A_CHUNK = 2000;
const BATCHES_OF_A_CHUNK = 2000;
/** Some 70 rows a page. */
const PAGES_OF_A_CHUNK = 64;

/** What the ledger lets go: first what was said to whom, later the messages themselves and what hangs on them. */
@Injectable()
export class Retention implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly repository: RetentionRepository,
    private readonly refs: RefRetentionRepository,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add(CONTENT, (tx) => this.content(tx));
    this.housekeeping.add(ROWS, (tx) => this.rows(tx));
    this.housekeeping.add(REFS, (tx) => this.providerIds(tx));
  }

  private async content(tx: Queryable): Promise<Chunk> {
    const under = await this.underWay(tx, CONTENT, 'content', this.config.retention.contentDays);
    if (under === null) return NOTHING_OLD;
    if (under.range === null) return this.end(tx, CONTENT, 0);
    const purged = await this.repository.clearContent(tx, under.range);
    return this.goOn(tx, CONTENT, under.range, purged);
  }

  private async rows(tx: Queryable): Promise<Chunk> {
    const under = await this.underWay(tx, ROWS, 'rows', this.config.retention.messageDays);
    if (under === null) return NOTHING_OLD;
    if (under.range !== null) {
      return this.goOn(tx, ROWS, under.range, await this.repository.deleteRows(tx, under.range));
    }
    const batches = await this.repository.deleteBatches(tx, under.dispatchId, BATCHES_OF_A_CHUNK);
    return batches < BATCHES_OF_A_CHUNK ? this.end(tx, ROWS, batches) : { purged: batches, isMore: true };
  }

  /** The dispatch that was begun, or else the oldest; with its next range, or null behind the last. */
  private async underWay(
    tx: Queryable,
    chore: string,
    what: Going,
    days: number,
  ): Promise<{ dispatchId: string; range: SeqRange | null } | null> {
    const mark = await markOf(tx, chore);
    const before = agedBefore(this.clock.nowMs(), days);
    const begun = mark.subject === NONE ? null : mark.subject;
    const dispatchId =
      begun ?? (before === null ? null : await this.repository.claimOldest(tx, what, before));
    if (dispatchId === null) return null;
    const after = begun === null ? 0 : mark.position;
    const isBehind = after >= (await this.repository.totalOf(tx, dispatchId));
    const range = isBehind ? null : { dispatchId, after, upTo: after + MESSAGES_OF_A_CHUNK };
    return { dispatchId, range };
  }

  private async goOn(tx: Queryable, chore: string, range: SeqRange, purged: number): Promise<Chunk> {
    await setMark(tx, chore, { subject: range.dispatchId, position: range.upTo });
    return { purged, isMore: true };
  }

  private async end(tx: Queryable, chore: string, purged: number): Promise<Chunk> {
    await setMark(tx, chore, { subject: NONE, position: 0 });
    return { purged, isMore: true };
  }

  private async providerIds(tx: Queryable): Promise<Chunk> {
    const { position } = await markOf(tx, REFS);
    if (position === 0) {
      if (!(await this.refs.isPassDue(tx, REFS))) return NOTHING_OLD;
      await this.refs.beginPass(tx, REFS);
    }
    const purged = await this.refs.deleteOnPages(tx, position, PAGES_OF_A_CHUNK);
    const next = position + PAGES_OF_A_CHUNK;
    const isMore = next < (await this.refs.pageCount(tx));
    await setMark(tx, REFS, { subject: NONE, position: isMore ? next : 0 });
    return { purged, isMore };
  }
}
