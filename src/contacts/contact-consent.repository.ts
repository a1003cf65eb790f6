import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';

export interface ConsentChange {
  readonly workspaceId: string;
  readonly contactId: string;
  readonly reason: string;
}

/** Marks many contacts at once; the suppressions that stop messages are the ledger's, and go in the same transaction. */
@Injectable()
export class ContactConsentRepository {
  /** The first opt-out's time stays: it is the one that counts in a dispute. Returns the contacts that had not. */
  async optOut(tx: Queryable, changes: readonly ConsentChange[]): Promise<string[]> {
    return this.changed(tx, OPT_OUT, changes);
  }

  /** Returns the contacts that had opted out. */
  async optIn(tx: Queryable, changes: readonly ConsentChange[]): Promise<string[]> {
    return this.changed(tx, OPT_IN, changes);
  }

  private async changed(
    tx: Queryable,
    statement: typeof OPT_OUT,
    changes: readonly ConsentChange[],
  ): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(statement, [
      changes.map((change) => change.workspaceId),
      changes.map((change) => change.contactId),
      changes.map((change) => change.reason),
    ]);
    return rows.map(({ id }) => id);
  }
}

const CHANGES = 'unnest($1::uuid[], $2::bigint[], $3::text[]) AS w (workspace_id, id, reason)';

const OPT_OUT = {
  name: 'contacts-opt-out',
  text: `
    UPDATE contacts c SET opted_out_at = now(), opt_out_reason = w.reason, updated_at = now()
    FROM ${CHANGES}
    WHERE c.workspace_id = w.workspace_id AND c.id = w.id AND c.opted_out_at IS NULL
    RETURNING c.id::text`,
};

const OPT_IN = {
  name: 'contacts-opt-in',
  text: `
    UPDATE contacts c SET opted_out_at = NULL, opt_out_reason = NULL, updated_at = now()
    FROM ${CHANGES}
    WHERE c.workspace_id = w.workspace_id AND c.id = w.id AND c.opted_out_at IS NOT NULL
    RETURNING c.id::text`,
};
