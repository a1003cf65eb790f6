import { AttributeKeyRepository } from '../../../src/contacts/attribute-key.repository.js';
import type { ContactFilter } from '../../../src/contacts/contact.js';
import { ContactRepository } from '../../../src/contacts/contact.repository.js';
import type { ImportChunk } from '../../../src/contacts/import/import-chunk.js';
import type { ImportJob } from '../../../src/contacts/import/import.js';
import { ImportRepository } from '../../../src/contacts/import/import.repository.js';
import { ImportSessions } from '../../../src/contacts/import/import-session.repository.js';
import type { Sql } from '../../../src/database/sql.js';
import { ALWAYS_CUSTOM, describePlans } from '../../support/explained-sql.js';
import { millionSuppressions } from '../../support/million-database.js';
import { MILLION, recipientOf } from '../../support/million-rows.js';

const { workspaceId } = MILLION;
const contacts = (sql: Sql) => new ContactRepository(sql, millionSuppressions, sql);
const list = (filter: ContactFilter, beforeId: string | null) => (sql: Sql) =>
  contacts(sql).list(workspaceId, filter, beforeId, 51);

const NEW = {
  recipient: '+5215512345678',
  name: 'Nadie',
  attributes: {},
  tags: ['vip'],
  timezone: null,
  locale: null,
};

const someRecipients = Array.from({ length: 1000 }, (_, n) => recipientOf(1 + n * 250));

describePlans('one of three hundred thousand contacts', [
  {
    title: 'finds a contact by its key',
    work: (sql) => contacts(sql).find(workspaceId, '150001'),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 12 }],
  },
  {
    title: 'finds a contact by its number',
    work: (sql) => contacts(sql).findByRecipient(sql, workspaceId, recipientOf(150_001)),
    meant: [{ indexes: ['contacts_recipient'], mostBuffers: 12 }],
  },
  {
    title: 'creates a contact after one probe of the suppressions',
    work: (sql) => contacts(sql).create(sql, workspaceId, NEW),
    meant: [{ indexes: ['suppressions_pkey'], mostBuffers: 200 }],
  },
  {
    title: 'changes a contact by its key, and probes the suppressions of its new number',
    work: (sql) =>
      contacts(sql).update(sql, workspaceId, '150001', { recipient: '+5215512345678', name: 'Ana' }),
    meant: [{ indexes: ['contacts_pkey', 'suppressions_pkey'], mostBuffers: 200 }],
  },
  {
    title: 'opts a contact out by its key',
    work: (sql) => contacts(sql).markOptedOut(sql, workspaceId, '150001', 'spec'),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 200 }],
  },
  {
    title: 'deletes a contact by its key',
    work: (sql) => contacts(sql).delete(workspaceId, '150001'),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 20 }],
  },
  {
    title: 'suppresses a thousand numbers by probing for each',
    work: (sql) =>
      millionSuppressions.suppress(sql, {
        workspaceId,
        recipients: someRecipients,
        category: 'all',
        reason: 'spec',
        source: 'api',
      }),
    meant: [{ indexes: [], mostBuffers: 15_000 }],
  },
  {
    title: 'lifts the suppressions of a thousand numbers by their keys',
    work: (sql) => millionSuppressions.lift(sql, workspaceId, someRecipients),
    meant: [{ indexes: ['suppressions_pkey'], mostBuffers: 6000 }],
  },
]);

describePlans('lists of three hundred thousand contacts', [
  {
    title: 'shows the newest along the key',
    work: list({}, null),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 60 }],
  },
  {
    title: 'shows a page in the middle along the key',
    work: list({}, '150000'),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 100 }],
  },
  {
    title: 'shows those of a usual tag along the key',
    work: list({ tag: 'cliente' }, null),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 100, mostBuffersUnanalysed: 15_000 }],
  },
  {
    title: 'shows those of a rare tag by the index of tags',
    work: list({ tag: 'piloto' }, null),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['contacts_tags'], mostBuffers: 400, mostBuffersUnanalysed: 4000 }],
  },
  {
    title: 'shows those who opted out along the key',
    work: list({ optedOut: true }, null),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 600 }],
  },
  {
    title: 'searches a part of a name in one pass at most',
    work: list({ search: 'sona 123456' }, null),
    plannings: ALWAYS_CUSTOM,
    meant: [{ indexes: [], orIndexes: [['contacts_pkey']], wholeTables: ['contacts'], mostBuffers: 15_000 }],
  },
  {
    title: 'exports a page along the key',
    work: (sql) => contacts(sql).page(workspaceId, '150000', 2000),
    meant: [{ indexes: ['contacts_pkey'], mostBuffers: 150, mostBuffersUnanalysed: 10_000 }],
  },
  {
    title: 'shows the rejects of an import along their key',
    work: (sql) => new ImportRepository(sql).listRejects(MILLION.importId, [25_000, 'phone'], 5000),
    meant: [{ indexes: ['import_rejects_pkey'], mostBuffers: 150, mostBuffersUnanalysed: 800 }],
  },
]);

const STAGING = ['import_staging'];
/** Whether there is a suppression at all is the first row of the table; never all of them. */
const PROBES = {
  indexes: ['contacts_recipient', 'suppressions_pkey'],
  wholeTables: [...STAGING, 'suppressions'],
  mostRows: 70_000,
  mostBuffers: 600_000,
};
const NAMES = { indexes: [], mostBuffers: 60 };
/** There is one import. */
const COUNTS = { indexes: [], wholeTables: ['imports'], mostBuffers: 30 };

describePlans('a chunk of an import among three hundred thousand contacts', [
  {
    title: 'inserts twenty thousand new contacts after a probe of the suppressions for each',
    work: importing(chunk(20_000, (n) => `+34600${String(100_000 + n)}`)),
    meant: [PROBES, NAMES, COUNTS],
  },
  {
    title: 'updates twenty thousand known contacts by their numbers and keys',
    work: importing(chunk(20_000, (n) => recipientOf((n + 1) * 6))),
    meant: [
      PROBES,
      { indexes: ['contacts_pkey', 'contacts_recipient'], wholeTables: STAGING, mostBuffers: 800_000 },
      NAMES,
      COUNTS,
    ],
  },
]);

function chunk(count: number, recipient: (n: number) => string): ImportChunk {
  const lines = Array.from({ length: count }, (_, n) => {
    const number = recipient(n);
    return `${n + 2}\t${number.slice(1)}\t${number}\tPersona nueva ${n}\t{"saldo":"${n}"}\t{cliente}\t\\N\t\\N\n`;
  });
  const none = { count: 0, bytes: [] };
  return {
    replayed: none,
    staged: { count, bytes: [Buffer.from(lines.join(''))] },
    rejects: [],
    mayRepeat: false,
    written: new Map(),
    phoneColumn: 'phone',
    attributes: ['saldo'],
    lastRow: count,
    bytesRead: 1,
  };
}

/** Into the other workspace: what is rolled back leaves dead rows, and lists of the first one are read elsewhere. */
function importing(of: ImportChunk) {
  return (sql: Sql) => {
    const options = { mapping: {}, tags: [], onConflict: 'update', dryRun: false };
    const job = {
      id: MILLION.importId,
      workspaceId: MILLION.otherWorkspaceId,
      fence: 1,
      options,
    } as unknown as ImportJob;
    return new ImportSessions(sql, millionSuppressions, new AttributeKeyRepository(sql)).run(job, (session) =>
      session.write(of),
    );
  };
}
