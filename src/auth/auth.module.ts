import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyController } from './api-key.controller.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeyService } from './api-key.service.js';
import { AuditLog } from './audit-log.repository.js';
import { BootstrapService } from './bootstrap.service.js';
import { IdempotencyCleaning } from './idempotency.cleaning.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { KeyCheck } from './key-check.js';
import { KeyHolder } from './key-holder.js';
import { LegacyAccess } from './legacy-access.js';
import { MeController } from './me.controller.js';
import { ServedByGuard } from './served-by.guard.js';
import { WorkspaceRepository } from './workspace.repository.js';
import { WrongKeys } from './wrong-keys.js';

/** Global because @Idempotent() is used on the routes of every module. */
@Global()
@Module({
  controllers: [MeController, ApiKeyController],
  providers: [
    // In this order: a process does not look at the key of a route that it does not serve.
    { provide: APP_GUARD, useClass: ServedByGuard },
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    ApiKeyRepository,
    ApiKeyService,
    AuditLog,
    BootstrapService,
    IdempotencyCleaning,
    IdempotencyRepository,
    KeyCheck,
    KeyHolder,
    LegacyAccess,
    WorkspaceRepository,
    WrongKeys,
  ],
  exports: [AuditLog, IdempotencyRepository, KeyHolder],
})
export class AuthModule {}
