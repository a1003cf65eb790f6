import { Injectable } from '@nestjs/common';
import { likeLiteral } from '../database/like-literal.js';
import { ReportSql } from '../database/pools.js';
import { Sql, type Queryable } from '../database/sql.js';
import { SuppressionRepository, recipientHash } from '../ledger/suppression.repository.js';
import type { Attributes, Contact, ContactChange, ContactFilter, NewContact } from './contact.js';

interface Row {
  id: string;
  recipient: string;
  name: string | null;
  attributes: Attributes;
  tags: string[];
  time_zone: string | null;
  locale: string | null;
  opted_out_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS =
  'id, recipient, name, attributes, tags, time_zone, locale, opted_out_at, created_at, updated_at';

@Injectable()
export class ContactRepository {
  constructor(
    private readonly sql: Sql,
    private readonly suppressions: SuppressionRepository,
    private readonly reports: ReportSql,
  ) {}

  /** Returns null when the number is taken. A number that is suppressed already arrives opted out. */
  async create(db: Queryable, workspaceId: string, contact: NewContact): Promise<Contact | null> {
    const rows = await db.query<Row>(
      `INSERT INTO contacts (workspace_id, recipient, name, attributes, tags, time_zone, locale,
                             opted_out_at, opt_out_reason)
       SELECT $1, $2, $3, $4::jsonb, $5::text[], $6, $7, s.created_at, s.reason
       FROM (SELECT 1) AS one LEFT JOIN suppressions s
         ON s.workspace_id = $1 AND s.category = 'all' AND s.recipient_hash = ${recipientHash('$2', '$8')}
       ON CONFLICT (workspace_id, recipient) DO NOTHING
       RETURNING ${COLUMNS}`,
      [
        workspaceId,
        contact.recipient,
        contact.name,
        JSON.stringify(contact.attributes),
        contact.tags,
        contact.timezone,
        contact.locale,
        this.suppressions.pepper,
      ],
    );
    return firstOf(rows);
  }

  async find(workspaceId: string, id: string): Promise<Contact | null> {
    return firstOf(
      await this.sql.query<Row>(`SELECT ${COLUMNS} FROM contacts WHERE workspace_id = $1 AND id = $2`, [
        workspaceId,
        id,
      ]),
    );
  }

  async findByRecipient(db: Queryable, workspaceId: string, recipient: string): Promise<Contact | null> {
    return firstOf(
      await db.query<Row>(`SELECT ${COLUMNS} FROM contacts WHERE workspace_id = $1 AND recipient = $2`, [
        workspaceId,
        recipient,
      ]),
    );
  }

  /** Newest first. A search looks in names, and in numbers by its digits. */
  async list(
    workspaceId: string,
    filter: ContactFilter,
    beforeId: string | null,
    limit: number,
  ): Promise<Contact[]> {
    const digits = (filter.search ?? '').replace(/\D/g, '');
    const rows = await this.reports.query<Row>(
      `SELECT ${COLUMNS} FROM contacts
       WHERE workspace_id = $1
         AND ($2::bigint IS NULL OR id < $2)
         AND ($3::text IS NULL OR name ILIKE $3 OR recipient LIKE $4)
         AND ($5::text IS NULL OR tags @> ARRAY[$5::text])
         AND ($6::boolean IS NULL OR (opted_out_at IS NOT NULL) = $6)
       ORDER BY id DESC
       LIMIT $7`,
      [
        workspaceId,
        beforeId,
        filter.search === undefined ? null : `%${likeLiteral(filter.search)}%`,
        digits === '' ? null : `%${digits}%`,
        filter.tag ?? null,
        filter.optedOut ?? null,
        limit,
      ],
    );
    return rows.map(contactOf);
  }

  /** Oldest first, for the export: every page starts where the last one ended. */
  async page(workspaceId: string, afterId: string, limit: number): Promise<Contact[]> {
    const rows = await this.reports.query<Row>(
      `SELECT ${COLUMNS} FROM contacts WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [workspaceId, afterId, limit],
    );
    return rows.map(contactOf);
  }

  /** Attributes are merged, null takes one away. With another number, that number's suppression counts. */
  async update(
    db: Queryable,
    workspaceId: string,
    id: string,
    change: ContactChange,
  ): Promise<Contact | null> {
    const rows = await db.query<Row>(
      `UPDATE contacts SET
         recipient = coalesce($3, recipient),
         name = CASE WHEN $4 THEN $5 ELSE name END,
         attributes = (attributes || $6::jsonb) - $7::text[],
         tags = coalesce($8::text[], tags),
         time_zone = CASE WHEN $9 THEN $10 ELSE time_zone END,
         locale = CASE WHEN $11 THEN $12 ELSE locale END,
         opted_out_at = CASE WHEN $3 IS NULL OR $3 = recipient THEN opted_out_at ELSE (
           SELECT s.created_at FROM suppressions s
           WHERE s.workspace_id = $1 AND s.category = 'all' AND s.recipient_hash = ${recipientHash('$3', '$13')}
         ) END,
         updated_at = now()
       WHERE workspace_id = $1 AND id = $2
       RETURNING ${COLUMNS}`,
      [
        workspaceId,
        id,
        change.recipient ?? null,
        change.name !== undefined,
        change.name ?? null,
        JSON.stringify(Object.fromEntries(given(change).filter(([, value]) => value !== null))),
        given(change).flatMap(([key, value]) => (value === null ? [key] : [])),
        change.tags ?? null,
        change.timezone !== undefined,
        change.timezone ?? null,
        change.locale !== undefined,
        change.locale ?? null,
        this.suppressions.pepper,
      ],
    );
    return firstOf(rows);
  }

  /** The first opt-out's time stays: it is the one that counts in a dispute. */
  async markOptedOut(
    db: Queryable,
    workspaceId: string,
    id: string,
    reason: string,
  ): Promise<Contact | null> {
    return firstOf(
      await db.query<Row>(
        `UPDATE contacts SET opted_out_at = coalesce(opted_out_at, now()),
           opt_out_reason = coalesce(opt_out_reason, $3), updated_at = now()
         WHERE workspace_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [workspaceId, id, reason],
      ),
    );
  }

  async markOptedIn(db: Queryable, workspaceId: string, id: string): Promise<Contact | null> {
    return firstOf(
      await db.query<Row>(
        `UPDATE contacts SET opted_out_at = NULL, opt_out_reason = NULL, updated_at = now()
         WHERE workspace_id = $1 AND id = $2 RETURNING ${COLUMNS}`,
        [workspaceId, id],
      ),
    );
  }

  async delete(workspaceId: string, id: string): Promise<boolean> {
    const rows = await this.sql.query(
      'DELETE FROM contacts WHERE workspace_id = $1 AND id = $2 RETURNING 1',
      [workspaceId, id],
    );
    return rows.length > 0;
  }
}

function given(change: ContactChange): [string, string | number | boolean | null][] {
  return Object.entries(change.attributes ?? {});
}

function firstOf(rows: readonly Row[]): Contact | null {
  const [row] = rows;
  return row === undefined ? null : contactOf(row);
}

function contactOf(row: Row): Contact {
  return {
    id: row.id,
    phone: row.recipient,
    name: row.name,
    attributes: row.attributes,
    tags: row.tags,
    timezone: row.time_zone,
    locale: row.locale,
    optedOut: row.opted_out_at !== null,
    optedOutAt: row.opted_out_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
