import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Sql, type Queryable } from './sql.js';

/** One small piece of a chore, in a transaction of its own. */
export interface Chunk {
  /** Rows that were deleted or emptied. */
  readonly purged: number;
  readonly isMore: boolean;
}

export type ChunkOf = (tx: Queryable) => Promise<Chunk>;

/** How far a chore has come; kept in the transaction that does the piece. */
export interface Mark {
  readonly subject: string;
  readonly position: number;
}

/** A chore gives way to the next one after this; a later run goes on. */
const MOST_MS = 20_000;
const SHORTEST_PAUSE_MS = 5;
/** "keep" in ASCII. One lock for all chores: what one lets go, another may wait for. */
const CHORE_LOCK = 0x6b_65_65_70;

/**
 * What is let go when it is old enough. Modules say how, each for its own tables, in chunks: a few thousand rows by an
 * index, so that no lock is held for long and vacuum keeps up. Between two chunks it rests for as long as the chunk
 * took. Of any number of processes one does a chunk at a time; which one does not matter.
 */
@Injectable()
export class Housekeeping {
  private readonly logger = new Logger('Housekeeping');
  private readonly chores = new Map<string, ChunkOf>();
  private isStopping = false;

  constructor(private readonly sql: Sql) {}

  add(name: string, chunk: ChunkOf): void {
    this.chores.set(name, chunk);
  }

  /** One after the other; what fails is tried again by the next run, and keeps no other chore from being done. */
  async run(mostMs: number = MOST_MS): Promise<void> {
    for (const [name, chunk] of this.chores) {
      try {
        const purged = await this.doChore(name, chunk, performance.now() + mostMs);
        if (purged > 0) this.logger.log(`${purged} old rows let go: ${name}`);
      } catch (error) {
        this.logger.warn(`the chore "${name}" failed: ${(error as Error).message}`);
      }
      if (this.isStopping) return;
    }
  }

  /** A run that is under way ends behind the chunk that it is at. */
  stop(): void {
    this.isStopping = true;
  }

  private async doChore(name: string, chunk: ChunkOf, endsMs: number): Promise<number> {
    let purged = 0;
    for (;;) {
      const beganMs = performance.now();
      const done = await this.inTurn(chunk);
      purged += done.purged;
      const nowMs = performance.now();
      if (!done.isMore || this.isStopping || nowMs > endsMs) return purged;
      await pause(Math.max(SHORTEST_PAUSE_MS, nowMs - beganMs));
    }
  }

  /** Asynchronous commits: what a power cut brings back is old enough to go again. */
  private inTurn(chunk: ChunkOf): Promise<Chunk> {
    return this.sql.transaction(async (tx) => {
      const [turn] = await tx.query<{ mine: boolean }>(
        `SELECT pg_try_advisory_xact_lock($1) AS mine, set_config('synchronous_commit', 'off', true)`,
        [CHORE_LOCK],
      );
      return turn?.mine === true ? chunk(tx) : { purged: 0, isMore: false };
    });
  }
}

/** What it was at; a chore that is at something else begins at zero. */
export async function markOf(tx: Queryable, name: string): Promise<Mark> {
  const [mark] = await tx.query<{ subject: string; position: string }>(
    'SELECT subject, position FROM chores WHERE name = $1',
    [name],
  );
  return { subject: mark?.subject ?? '0', position: Number(mark?.position ?? 0) };
}

export async function setMark(tx: Queryable, name: string, mark: Mark): Promise<void> {
  await tx.query(
    `INSERT INTO chores (name, subject, position) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO UPDATE SET subject = EXCLUDED.subject, position = EXCLUDED.position`,
    [name, mark.subject, mark.position],
  );
}

/** The instant before which something must have ended to be old enough; null where it is kept for ever. */
export function agedBefore(nowMs: number, days: number): Date | null {
  return days === 0 ? null : new Date(nowMs - days * 86_400_000);
}

export const NOTHING_OLD: Chunk = { purged: 0, isMore: false };
