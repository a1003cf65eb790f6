import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { decodeCursor, pageOf, type Page } from '../common/page.js';
import { canonicalRecipient } from '../common/recipient.js';
import { isUniqueViolation } from '../database/postgres-codes.js';
import { Sql } from '../database/sql.js';
import { Outbox } from '../events/outbox.js';
import { SuppressionRepository } from '../ledger/suppression.repository.js';
import { AttributeKeyRepository } from './attribute-key.repository.js';
import type { Contact, ContactChange, ContactFilter, NewContact } from './contact.js';
import { BadPhone, ContactExists, ContactNotFound } from './contact.errors.js';
import { ContactRepository } from './contact.repository.js';

const REASON_UNSAID = 'asked for through the API';

@Injectable()
export class ContactService {
  constructor(
    private readonly sql: Sql,
    private readonly contacts: ContactRepository,
    private readonly attributeKeys: AttributeKeyRepository,
    private readonly suppressions: SuppressionRepository,
    private readonly outbox: Outbox,
    private readonly config: Config,
  ) {}

  async create(workspaceId: string, phone: string, rest: Omit<NewContact, 'recipient'>): Promise<Contact> {
    const recipient = this.recipientOf(phone);
    return this.sql.transaction(async (tx) => {
      const created = await this.contacts.create(tx, workspaceId, { recipient, ...rest });
      if (created === null) {
        const existing = await this.contacts.findByRecipient(tx, workspaceId, recipient);
        throw new ContactExists(recipient, existing?.id ?? null);
      }
      await this.attributeKeys.remember(tx, workspaceId, Object.keys(rest.attributes));
      return created;
    });
  }

  async get(workspaceId: string, id: string): Promise<Contact> {
    return found(isId(id) ? await this.contacts.find(workspaceId, id) : null, id);
  }

  async list(
    workspaceId: string,
    filter: ContactFilter,
    page: { limit: number; cursor?: string },
  ): Promise<Page<Contact>> {
    const before = decodeCursor(page.cursor, (key): key is string => typeof key === 'string' && isId(key));
    const rows = await this.contacts.list(workspaceId, filter, before, page.limit + 1);
    return pageOf(
      rows,
      page.limit,
      (contact) => contact.id,
      (contact) => contact,
    );
  }

  async change(
    workspaceId: string,
    id: string,
    change: Omit<ContactChange, 'recipient'> & { phone?: string },
  ): Promise<Contact> {
    const { phone, ...rest } = change;
    const recipient = phone === undefined ? undefined : this.recipientOf(phone);
    await this.get(workspaceId, id);
    try {
      return await this.sql.transaction(async (tx) => {
        const changed = await this.contacts.update(tx, workspaceId, id, {
          ...rest,
          ...(recipient === undefined ? {} : { recipient }),
        });
        const kept = Object.entries(rest.attributes ?? {}).filter(([, value]) => value !== null);
        await this.attributeKeys.remember(
          tx,
          workspaceId,
          kept.map(([key]) => key),
        );
        return found(changed, id);
      });
    } catch (error) {
      if (!isUniqueViolation(error) || recipient === undefined) throw error;
      const holder = await this.contacts.findByRecipient(this.sql, workspaceId, recipient);
      throw new ContactExists(recipient, holder?.id ?? null);
    }
  }

  /** The suppression stays: who asked not to be written to is not forgotten with the contact. */
  async delete(workspaceId: string, id: string): Promise<void> {
    if (!isId(id) || !(await this.contacts.delete(workspaceId, id))) throw new ContactNotFound(id);
  }

  async optOut(workspaceId: string, id: string, reason = REASON_UNSAID): Promise<Contact> {
    const before = await this.get(workspaceId, id);
    return this.sql.transaction(async (tx) => {
      const contact = found(await this.contacts.markOptedOut(tx, workspaceId, id, reason), id);
      const recipients = [contact.phone];
      await this.suppressions.suppress(tx, {
        workspaceId,
        recipients,
        category: 'all',
        reason,
        source: 'api',
      });
      if (!before.optedOut) await this.tell(tx, workspaceId, 'contact.opted_out', contact, reason);
      return contact;
    });
  }

  async optIn(workspaceId: string, id: string, reason = REASON_UNSAID): Promise<Contact> {
    const before = await this.get(workspaceId, id);
    return this.sql.transaction(async (tx) => {
      const contact = found(await this.contacts.markOptedIn(tx, workspaceId, id), id);
      await this.suppressions.lift(tx, workspaceId, [contact.phone]);
      if (before.optedOut) await this.tell(tx, workspaceId, 'contact.opted_in', contact, reason);
      return contact;
    });
  }

  private async tell(
    tx: Parameters<Outbox['add']>[0],
    workspaceId: string,
    type: 'contact.opted_out' | 'contact.opted_in',
    contact: Contact,
    reason: string,
  ): Promise<void> {
    const payload = { contactId: contact.id, phone: contact.phone, reason };
    await this.outbox.add(tx, { workspaceId, type, payload, recipient: contact.phone });
  }

  private recipientOf(phone: string): string {
    const result = canonicalRecipient(phone, this.config.defaultCountry);
    if (!result.ok) throw new BadPhone(phone, result.reason);
    return result.recipient;
  }
}

function found(contact: Contact | null, id: string): Contact {
  if (contact === null) throw new ContactNotFound(id);
  return contact;
}

/** Ids are bigints in the database: other text is the id of nothing. */
function isId(id: string): boolean {
  return /^\d{1,18}$/.test(id);
}
