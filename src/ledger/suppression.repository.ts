import { Injectable } from '@nestjs/common';
import { Keyring } from '../common/keyring.js';
import type { Queryable } from '../database/sql.js';
import type { SuppressionCategory } from './suppression.js';

export interface Suppression {
  readonly workspaceId: string;
  /** Canonical recipients. */
  readonly recipients: readonly string[];
  readonly category: SuppressionCategory;
  /** Why, in words or a provider's code; kept with the row. */
  readonly reason: string;
  /** Who said so: `api`, `inbound`, `provider`. */
  readonly source: string;
}

/**
 * Whom nobody may write to. Holds a keyed hash of the recipient, so that it can outlive the contact:
 * SHA-256 over pepper and recipient, computed by Postgres, so that statements over many rows need no round trip.
 */
@Injectable()
export class SuppressionRepository {
  /** Parameter of every statement that looks suppressions up with RECIPIENT_HASH. */
  readonly pepper: Buffer;

  constructor(keyring: Keyring) {
    this.pepper = keyring.derive('recipient-hash');
  }

  async suppress(db: Queryable, suppression: Suppression): Promise<void> {
    await db.query(
      `INSERT INTO suppressions (workspace_id, recipient_hash, category, reason, source)
       SELECT $1, ${recipientHash('r.recipient', '$2')}, $4, $5, $6
       FROM (SELECT DISTINCT recipient FROM unnest($3::text[]) AS r (recipient)) AS r
       ON CONFLICT DO NOTHING`,
      [
        suppression.workspaceId,
        this.pepper,
        suppression.recipients,
        suppression.category,
        suppression.reason,
        suppression.source,
      ],
    );
  }

  /** Lifts one category as far as this source suppressed it: whoever took a wish of a person may take its opposite. */
  async liftOfSource(
    db: Queryable,
    workspaceId: string,
    recipients: readonly string[],
    category: SuppressionCategory,
    source: string,
  ): Promise<void> {
    await db.query(
      `DELETE FROM suppressions
       WHERE workspace_id = $1 AND category = $4 AND source = $5
         AND recipient_hash = ANY(ARRAY(
           SELECT ${recipientHash('r.recipient', '$2')} FROM unnest($3::text[]) AS r (recipient)
         ))`,
      [workspaceId, this.pepper, recipients, category, source],
    );
  }

  /** Lifts every suppression of these recipients; only a person's own order may do that. */
  async lift(db: Queryable, workspaceId: string, recipients: readonly string[]): Promise<void> {
    await db.query(
      `DELETE FROM suppressions
       WHERE workspace_id = $1
         AND recipient_hash = ANY(ARRAY(
           SELECT ${recipientHash('r.recipient', '$2')} FROM unnest($3::text[]) AS r (recipient)
         ))`,
      [workspaceId, this.pepper, recipients],
    );
  }
}

/** The SQL expression of the keyed hash of a recipient column; `pepper` is the parameter that holds the key. */
export function recipientHash(recipientColumn: string, pepper: string): string {
  return `sha256(${pepper}::bytea || convert_to(${recipientColumn}, 'UTF8'))`;
}
