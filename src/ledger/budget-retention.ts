import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Housekeeping, type Chunk } from '../database/housekeeping.js';
import type { Queryable } from '../database/sql.js';

const ROWS_OF_A_CHUNK = 5000;

/**
 * What counts no more: whom budgets counted more than a day ago, and the locks of frequency caps, which say nothing. A
 * barrier that holds some of the rows is not waited for.
 */
const OLD = {
  'contacts of budgets': `
    DELETE FROM touches WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM touches WHERE minute < now() - interval '25 hours' ORDER BY minute LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING 1`,
  'minutes of budgets': `
    DELETE FROM budget_minutes WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM budget_minutes WHERE minute < now() - interval '25 hours' LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING 1`,
  'locks of frequency caps': `
    DELETE FROM cap_locks WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM cap_locks WHERE at < now() - interval '1 day' ORDER BY at LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING 1`,
} as const;

@Injectable()
export class BudgetRetention implements OnModuleInit {
  constructor(private readonly housekeeping: Housekeeping) {}

  onModuleInit(): void {
    for (const [name, statement] of Object.entries(OLD)) {
      this.housekeeping.add(name, (tx) => purge(tx, statement));
    }
  }
}

async function purge(tx: Queryable, statement: string): Promise<Chunk> {
  const { length: purged } = await tx.query(statement, [ROWS_OF_A_CHUNK]);
  return { purged, isMore: purged === ROWS_OF_A_CHUNK };
}
