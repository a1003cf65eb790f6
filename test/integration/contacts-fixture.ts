import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Clock } from '../../src/common/clock.js';
import { Keyring } from '../../src/common/keyring.js';
import { loadConfig } from '../../src/config/load-config.js';
import { AttributeKeyRepository } from '../../src/contacts/attribute-key.repository.js';
import { ContactExport } from '../../src/contacts/contact-export.js';
import { ContactRepository } from '../../src/contacts/contact.repository.js';
import { ContactService } from '../../src/contacts/contact.service.js';
import type { ImportJob } from '../../src/contacts/import/import.js';
import { ImportRepository } from '../../src/contacts/import/import.repository.js';
import { ImportRunner } from '../../src/contacts/import/import-runner.js';
import { ImportService } from '../../src/contacts/import/import.service.js';
import { ImportSessions } from '../../src/contacts/import/import-session.repository.js';
import type { RowReject } from '../../src/contacts/import/table-row.js';
import { UploadStore } from '../../src/contacts/import/upload-store.js';
import { Sql } from '../../src/database/sql.js';
import { Outbox } from '../../src/events/outbox.js';
import { SuppressionRepository } from '../../src/ledger/suppression.repository.js';
import { createTestDatabase } from '../support/database.js';

/** One process's contacts module on a database of its own, put together by hand. */
export type ContactsFixture = Awaited<ReturnType<typeof contactsFixture>>;

export async function contactsFixture() {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'caudal-contacts-'));
  const config = loadConfig({ CAUDAL_DATA_DIR: dataDir, CAUDAL_DEFAULT_COUNTRY: 'MX' });
  const newSql = (name = 'spec', statementTimeoutMs = 30_000) =>
    new Sql({
      url: database.url,
      size: 6,
      name,
      statementTimeoutMs,
      onError: () => undefined,
    });
  const sql = newSql();
  const suppressions = new SuppressionRepository(new Keyring('a master key of thirty-two letters'));
  const attributeKeys = new AttributeKeyRepository(sql);
  const contactRepository = new ContactRepository(sql, suppressions, sql);
  const outbox = new Outbox();
  const uploads = new UploadStore(config, new Clock());
  const imports = new ImportRepository(sql);
  const newRunner = (own: Sql = sql) =>
    new ImportRunner(
      config,
      own,
      new ImportRepository(own),
      new ImportSessions(own, suppressions, attributeKeys),
      uploads,
      outbox,
    );
  const sessions = new ImportSessions(sql, suppressions, attributeKeys);
  const runner = newRunner();
  const importService = new ImportService(config, sql, imports, uploads, runner);

  async function upload(text: string | Buffer | Readable) {
    return uploads.save(text instanceof Readable ? text : Readable.from([Buffer.from(text as string)]));
  }

  /** Starts an import as the upload route does, without waiting for its end. */
  async function startImport(
    workspaceId: string,
    file: string | Buffer | Readable,
    fields: Record<string, string> = {},
  ): Promise<ImportJob> {
    const form = {
      fileName: 'contactos.csv',
      upload: await upload(file),
      fields: new Map(Object.entries(fields)),
    };
    return importService.start(workspaceId, form);
  }

  async function runImport(...args: Parameters<typeof startImport>): Promise<ImportJob> {
    const { id } = await startImport(...args);
    await runner.idle();
    return importService.get(args[0], id);
  }

  async function rejectsOf(importId: string): Promise<RowReject[]> {
    const all: RowReject[] = [];
    for await (const page of importService.rejects(importId)) all.push(...page);
    return all;
  }

  return {
    config,
    sql,
    newSql,
    newRunner,
    runner,
    uploads,
    imports,
    sessions,
    importService,
    suppressions,
    contacts: new ContactService(sql, contactRepository, attributeKeys, suppressions, outbox, config),
    exporter: new ContactExport(contactRepository, attributeKeys),
    attributeKeys,
    newWorkspace: () => randomUUID() as string,
    startImport,
    runImport,
    rejectsOf,
    async close(): Promise<void> {
      await runner.beforeApplicationShutdown();
      await sql.end();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
