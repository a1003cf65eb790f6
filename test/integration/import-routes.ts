import multipart from '@fastify/multipart';
import { Module, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthenticatedRequest } from '../../src/auth/principal.js';
import { ProblemFilter } from '../../src/common/problem.filter.js';
import { Config } from '../../src/config/config.js';
import { ImportController } from '../../src/contacts/import/import.controller.js';
import { ImportProgress } from '../../src/contacts/import/import-progress.js';
import { ImportService } from '../../src/contacts/import/import.service.js';
import { UploadStore } from '../../src/contacts/import/upload-store.js';
import { contactsFixture } from './contacts-fixture.js';

/** The routes of imports on a port of their own; every test says whose contacts they are. */
export type ImportRoutes = Awaited<ReturnType<typeof importRoutes>>;

export async function importRoutes() {
  const f = await contactsFixture();
  let workspaceId = f.newWorkspace();
  const guard: CanActivate = {
    canActivate(context: ExecutionContext) {
      const principal = { workspaceId, keyId: 'k', keyName: 'spec', role: 'admin' } as const;
      context.switchToHttp().getRequest<AuthenticatedRequest>().principal = principal;
      return true;
    },
  };

  @Module({
    controllers: [ImportController],
    providers: [
      { provide: APP_GUARD, useValue: guard },
      { provide: Config, useValue: f.config },
      { provide: ImportService, useValue: f.importService },
      { provide: ImportProgress, useValue: new ImportProgress(f.importService) },
      { provide: UploadStore, useValue: f.uploads },
    ],
  })
  class SpecModule {}

  const app = await NestFactory.create<NestFastifyApplication>(SpecModule, new FastifyAdapter(), {
    logger: false,
  });
  app.useGlobalFilters(new ProblemFilter());
  await app.register(multipart);
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/api/contacts/imports`;

  async function upload(file: Buffer | string, fields: Record<string, string> = {}): Promise<Response> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([new Uint8Array(Buffer.from(file as string))]), 'lista.csv');
    return fetch(url, { method: 'POST', body: form });
  }

  return {
    f,
    url,
    upload,
    newWorkspace: () => (workspaceId = f.newWorkspace()),
    uploadsLeft: () => readdir(join(f.config.dataDir, 'uploads')).catch(() => [] as string[]),

    /** Uploads, waits for the end, and tells what came of it. */
    async imported(file: Buffer | string, fields: Record<string, string> = {}) {
      const answer = await upload(file, fields);
      const { id } = (await answer.json()) as { id: string };
      await f.runner.idle();
      const job = await f.importService.get(workspaceId, id);
      const errors = await (await fetch(`${url}/${id}/errors.csv`)).text();
      const { items } = await f.contacts.list(workspaceId, {}, { limit: 500 });
      return { job, errors, contacts: items.toReversed() };
    },

    async close(): Promise<void> {
      await app.close();
      await f.close();
    },
  };
}
