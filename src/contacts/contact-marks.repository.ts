import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/sql.js';
import type { Attributes, AttributeValue } from './contact.js';

/** What is to be written on one contact; later marks of a list win over earlier ones. */
export interface ContactMark {
  readonly workspaceId: string;
  readonly contactId: string;
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
  /** Null takes one away. */
  readonly attributes: Readonly<Record<string, AttributeValue | null>>;
}

export interface ContactFacts {
  readonly id: string;
  readonly name: string | null;
  readonly attributes: Attributes;
}

/** Tags and attributes of many contacts at once, in a transaction of somebody who works in batches. */
@Injectable()
export class ContactMarksRepository {
  /** One mark a contact; in the order of their keys, so that two transactions do not deadlock. */
  async write(tx: Queryable, marks: readonly ContactMark[]): Promise<void> {
    if (marks.length === 0) return;
    await tx.query(WRITE, [
      marks.map((mark) => mark.workspaceId),
      marks.map((mark) => mark.contactId),
      marks.map((mark) => JSON.stringify(mark.addTags)),
      marks.map((mark) => JSON.stringify(mark.removeTags)),
      marks.map(({ attributes }) =>
        JSON.stringify(Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null))),
      ),
      marks.map(({ attributes }) =>
        JSON.stringify(Object.keys(attributes).filter((name) => attributes[name] === null)),
      ),
    ]);
  }

  /** What templates may show of them. */
  async factsOf(tx: Queryable, workspaceId: string, contactIds: readonly string[]): Promise<ContactFacts[]> {
    return tx.query<ContactFacts>(
      {
        name: 'contacts-facts',
        text: `SELECT id::text, name, attributes FROM contacts
               WHERE workspace_id = $1 AND id = ANY ($2::bigint[])`,
      },
      [workspaceId, contactIds],
    );
  }
}

const WRITE = {
  name: 'contacts-mark',
  text: `
    WITH marked AS MATERIALIZED (
      SELECT c.workspace_id, c.id, m.add_tags, m.remove_tags, m.attributes, m.gone
      FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS m (workspace_id, id, add_tags, remove_tags, attributes, gone)
      JOIN contacts c ON c.workspace_id = m.workspace_id AND c.id = m.id
      ORDER BY c.workspace_id, c.id
      FOR NO KEY UPDATE OF c
    )
    UPDATE contacts c SET
      tags = ARRAY(
        SELECT DISTINCT t FROM (
          SELECT unnest(c.tags) AS t UNION ALL SELECT jsonb_array_elements_text(m.add_tags::jsonb)
        ) AS all_tags
        WHERE NOT m.remove_tags::jsonb ? t ORDER BY t
      ),
      attributes = (c.attributes || m.attributes::jsonb) - ARRAY(SELECT jsonb_array_elements_text(m.gone::jsonb)),
      updated_at = now()
    FROM marked m WHERE c.workspace_id = m.workspace_id AND c.id = m.id`,
};
