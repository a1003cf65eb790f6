import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';

/** A channel whose hold was set or lifted. */
export interface HoldChange {
  readonly workspaceId: string;
  readonly name: string;
  readonly version: number;
  /** The hold that there is now, or was until now. */
  readonly code: string;
  readonly reason: string;
}

const CHANGED = 'workspace_id AS "workspaceId", name, version';
/** A channel that is held already keeps the first reason: of two hundred calls that fail at once, one row changes. */
const HOLD = {
  name: 'channel-hold',
  text: `UPDATE channels
         SET held_code = $2, held_reason = $3, held_since = now(), version = version + 1, updated_at = now()
         WHERE id = $1 AND held_code IS NULL AND ($4::int IS NULL OR version = $4)
         RETURNING ${CHANGED}, held_code AS code, held_reason AS reason`,
};
const REWORD = {
  name: 'channel-hold-reword',
  text: `UPDATE channels SET held_reason = $3, version = version + 1, updated_at = now()
         WHERE id = $1 AND held_code = $2 AND held_reason <> $3`,
};
/** The row is locked before it is read, so that what is told is what was lifted. */
const LIFT = {
  name: 'channel-lift',
  text: `WITH held AS MATERIALIZED (
           SELECT id, held_code, held_reason FROM channels
           WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2) AND held_code IS NOT NULL
             AND ($3::text IS NULL OR held_code = $3)
           FOR UPDATE
         )
         UPDATE channels c
         SET held_code = NULL, held_reason = NULL, held_since = NULL, version = version + 1, updated_at = now()
         FROM held WHERE c.id = held.id
         RETURNING c.workspace_id AS "workspaceId", c.name, c.version, held.held_code AS code,
                   coalesce(held.held_reason, held.held_code) AS reason`,
};

/** Null where nothing changed. */
@Injectable()
export class ChannelHoldRepository {
  async hold(
    tx: Queryable,
    channelId: string,
    code: string,
    reason: string,
    seenVersion: number | null,
  ): Promise<HoldChange | null> {
    return (await tx.query<HoldChange>(HOLD, [channelId, code, reason, seenVersion]))[0] ?? null;
  }

  /** What is to be done about a hold of this code has changed. */
  async reword(tx: Queryable, channelId: string, code: string, reason: string): Promise<void> {
    await tx.query(REWORD, [channelId, code, reason]);
  }

  /** Of any workspace, or of any code, where none is named. */
  async lift(
    tx: Queryable,
    channelId: string,
    only: { readonly workspaceId?: string; readonly code?: string },
  ): Promise<HoldChange | null> {
    const values = [channelId, only.workspaceId ?? null, only.code ?? null];
    return (await tx.query<HoldChange>(LIFT, values))[0] ?? null;
  }
}
