import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { Sql } from '../database/sql.js';
import { hashOfKey } from './api-key.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { WorkspaceRepository } from './workspace.repository.js';

/** Any number, so long as every process takes the same. */
const BOOTSTRAP_LOCK = 0x63_6b_65_79;

/** A new database gets its first workspace, and the configured admin key is let in, before anything listens. */
@Injectable()
export class BootstrapService implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly sql: Sql,
    private readonly workspaces: WorkspaceRepository,
    private readonly keys: ApiKeyRepository,
  ) {}

  async onModuleInit(): Promise<void> {
    const { adminKey } = this.config;
    if (adminKey === undefined) throw new Error('the admin key must be known before the app is built');
    await this.sql.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock($1)', [BOOTSTRAP_LOCK]);
      const workspace = await this.workspaces.ensureFirst(tx);
      await this.keys.installBootstrapKey(tx, workspace.id, hashOfKey(adminKey));
    });
  }
}
