import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import type { Principal } from './principal.js';

/** Something that a person did and must answer for. */
export interface AuditEntry {
  /** `<noun>.<verb>`, e.g. `campaign.resend`. */
  readonly action: string;
  /** The id of what it was done to. */
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Who did what, and when. In the transaction of the deed, so that neither is there without the other. */
@Injectable()
export class AuditLog {
  async add(tx: Queryable, { workspaceId, keyId, keyName }: Principal, entry: AuditEntry): Promise<void> {
    await tx.query(
      `INSERT INTO audit_log (workspace_id, key_id, actor, action, subject, details)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [workspaceId, keyId, keyName, entry.action, entry.subject, JSON.stringify(entry.details)],
    );
  }
}
