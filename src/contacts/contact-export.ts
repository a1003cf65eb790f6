import { Injectable } from '@nestjs/common';
import { csvLine } from '../common/csv-line.js';
import { AttributeKeyRepository } from './attribute-key.repository.js';
import type { Contact } from './contact.js';
import { ContactRepository } from './contact.repository.js';

const PAGE = 2000;
const COLUMNS = ['phone', 'name', 'tags', 'timezone', 'locale', 'optedOutAt', 'createdAt'] as const;

/** All contacts as CSV, page by page, so that a million need no more memory than two thousand. */
@Injectable()
export class ContactExport {
  constructor(
    private readonly contacts: ContactRepository,
    private readonly attributeKeys: AttributeKeyRepository,
  ) {}

  async *csv(workspaceId: string): AsyncGenerator<string> {
    const keys = await this.attributeKeys.list(workspaceId);
    yield csvLine([...COLUMNS, ...keys]);
    let after = '0';
    for (;;) {
      const page = await this.contacts.page(workspaceId, after, PAGE);
      if (page.length === 0) return;
      yield page.map((contact) => lineOf(contact, keys)).join('');
      after = page.at(-1)?.id ?? after;
    }
  }
}

function lineOf(contact: Contact, keys: readonly string[]): string {
  return csvLine([
    contact.phone,
    contact.name,
    contact.tags.join(','),
    contact.timezone,
    contact.locale,
    contact.optedOutAt?.toISOString(),
    contact.createdAt.toISOString(),
    ...keys.map((key) => (Object.hasOwn(contact.attributes, key) ? contact.attributes[key] : undefined)),
  ]);
}
