import { Injectable, Logger } from '@nestjs/common';
import type { Witness } from './deployment-witness.js';
import { Sql, type Queryable } from './sql.js';

/** Which database this is: the cluster's identity, and the branch of its history that it is on. */
interface Identity {
  readonly systemIdentifier: string;
  readonly timeline: number;
}

interface DeploymentRow {
  system_identifier: string;
  timeline: number;
  held_since: Date | null;
  mark: string;
  /** Whether this start of the server was vouched for. */
  is_known_start: boolean;
}

/**
 * The timeline is read from the name of the WAL file that is being written. pg_control_checkpoint() would still
 * tell the old one between a promotion and the first checkpoint after it, which is when it matters.
 */
const READ_IDENTITY = `
  SELECT system_identifier::text AS "systemIdentifier",
         ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline
  FROM pg_control_system()`;

const READ_ROW = `
  SELECT system_identifier, timeline, held_since, mark,
         server_started IS NOT DISTINCT FROM pg_postmaster_start_time() AS is_known_start
  FROM deployment`;

/** SQLSTATEs of managed servers that do not let anyone ask: undefined function, no privilege, not supported. */
const CANNOT_ASK = new Set(['42883', '42501', '0A000']);

/**
 * Is this still the database that Caudal wrote to last? A restored backup or a replica that was promoted too early
 * has forgotten sends that were made, so nothing may be sent from it until a person has looked and confirmed. A copy
 * of its files is told from it by what the copy lacks: after each start of the server somebody besides the database
 * must know its mark.
 */
@Injectable()
export class DeploymentCheck {
  private readonly logger = new Logger('Deployment');
  private heldSince: Date | null = null;
  private isInDoubt = false;

  constructor(
    private readonly sql: Sql,
    private readonly witness: Witness,
  ) {}

  isHeld(): boolean {
    return this.heldSince !== null;
  }

  /** The server was started anew, and who could vouch for it does not answer: to be compared again soon. */
  isDoubtful(): boolean {
    return this.isInDoubt;
  }

  /** True while no gate may be opened. */
  forbidsSending(): boolean {
    return this.isHeld() || this.isInDoubt;
  }

  /** What to show a person; null when all is well. */
  reason(): string | null {
    if (this.heldSince === null) return null;
    return `held: database restored or failed over; nothing is sent since ${this.heldSince.toISOString()} until an admin confirms it`;
  }

  /** When it was noticed; null when all is well. */
  heldAt(): Date | null {
    return this.heldSince;
  }

  /** Compares the server with what was written down; run at boot and whenever a connection had to be made anew. */
  async compare(): Promise<void> {
    const identity = await this.readIdentity();
    if (identity === null) return;
    const row = await this.sql.transaction((tx) => writeDown(tx, identity));
    if (row.held_since === null) await this.hearWitness(row);
    const wasHeld = this.isHeld();
    this.heldSince = row.held_since;
    if (this.isHeld()) this.isInDoubt = false;
    if (this.isHeld() && !wasHeld) this.sayHeld(row, identity);
    if (!this.isHeld() && wasHeld) this.logger.log('the database was confirmed: sending may go on');
  }

  /**
   * A person has looked: from now on this is the database. Says whether there was anything to confirm. Only what is
   * held is changed, so that an order that comes twice, or too late, does not vouch for a database nobody looked at.
   */
  async confirm(by: string, reason: string): Promise<boolean> {
    await this.compare();
    const identity = await this.readIdentity();
    if (identity === null || !this.isHeld()) return false;
    const rows = await this.sql.query<DeploymentRow>(
      `UPDATE deployment AS d
       SET system_identifier = $1, timeline = $2, held_since = NULL, confirmed_at = now(),
           mark = gen_random_uuid(), server_started = pg_postmaster_start_time()
       FROM deployment AS before WHERE d.held_since IS NOT NULL AND before.held_since IS NOT NULL
       RETURNING before.system_identifier, before.timeline, before.held_since`,
      [identity.systemIdentifier, identity.timeline],
    );
    await this.compare();
    const [before] = rows;
    if (before === undefined) return false;
    this.logger.warn('THE DATABASE WAS CONFIRMED BY HAND: sending goes on', {
      by,
      reason,
      heldSince: before.held_since?.toISOString(),
      before: `${before.system_identifier}/${before.timeline}`,
      now: `${identity.systemIdentifier}/${identity.timeline}`,
    });
    return true;
  }

  /** Of a row that is not held; holds it where the mark is known to nobody. */
  private async hearWitness(row: DeploymentRow): Promise<void> {
    if (row.is_known_start) {
      this.isInDoubt = false;
      return this.witness.remember(row.mark);
    }
    const isKnown = await this.witness.knows(row.mark);
    this.isInDoubt = isKnown === null;
    if (isKnown === null) return;
    const [changed] = await this.sql.query<{ held_since: Date | null }>(
      `UPDATE deployment
       SET server_started = CASE WHEN $2 THEN pg_postmaster_start_time() ELSE server_started END,
           held_since = CASE WHEN $2 THEN NULL ELSE now() END
       WHERE mark = $1 AND held_since IS NULL AND server_started IS DISTINCT FROM pg_postmaster_start_time()
       RETURNING held_since`,
      [row.mark, isKnown],
    );
    // Another process was quicker where nothing changed; the next comparison reads what it found.
    row.held_since = changed?.held_since ?? null;
    this.isInDoubt = changed === undefined;
    if (isKnown) await this.witness.remember(row.mark);
  }

  private async readIdentity(): Promise<Identity | null> {
    try {
      const [identity] = await this.sql.query<Identity>(READ_IDENTITY);
      return identity as Identity;
    } catch (error) {
      if (!CANNOT_ASK.has((error as { code?: string }).code ?? '')) throw error;
      this.logger.warn(
        `this Postgres does not tell its identity (${(error as Error).message}): a restored copy will not be noticed`,
      );
      return null;
    }
  }

  private sayHeld(row: DeploymentRow, identity: Identity): void {
    this.logger.error(
      'THIS IS NOT THE DATABASE OF THE LAST RUN: it was restored, copied or failed over, and may have forgotten ' +
        'messages that were sent. Nothing is sent until a person confirms.',
      undefined,
      {
        known: `${row.system_identifier}/${row.timeline}`,
        found: `${identity.systemIdentifier}/${identity.timeline}`,
      },
    );
  }
}

/** The first comparison of all, and of a database that has no mark yet, is believed. */
async function writeDown(tx: Queryable, identity: Identity): Promise<DeploymentRow> {
  const values = [identity.systemIdentifier, identity.timeline];
  await tx.query(
    'INSERT INTO deployment (system_identifier, timeline) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    values,
  );
  await tx.query(
    `UPDATE deployment SET held_since = now()
     WHERE held_since IS NULL AND (system_identifier, timeline) <> ($1::text, $2::int)`,
    values,
  );
  await tx.query(
    'UPDATE deployment SET mark = gen_random_uuid(), server_started = pg_postmaster_start_time() WHERE mark IS NULL',
  );
  const [found] = await tx.query<DeploymentRow>(READ_ROW);
  return found as DeploymentRow;
}
