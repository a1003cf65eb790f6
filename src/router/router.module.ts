import { Module, type DynamicModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { ChannelsModule } from '../channels/channels.module.js';
import { Config } from '../config/config.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { BacklogRepository } from './application/backlog.repository.js';
import { MessageTargetRepository } from './application/message-target.repository.js';
import { StatusApplication } from './application/status-application.js';
import { StatusApplier } from './application/status-applier.js';
import { WebhookRetention } from './application/webhook-retention.js';
import { WebhookRetentionRepository } from './application/webhook-retention.repository.js';
import { WebhookWorker } from './application/webhook-worker.js';
import { BacklogSignal } from './backlog-signal.js';
import { takeRawBodies } from './intake/raw-body.js';
import { WebhookEventRepository } from './intake/webhook-event.repository.js';
import { WebhookInbox } from './intake/webhook-inbox.js';
import { WebhookIntake } from './intake/webhook-intake.service.js';
import { WebhookController } from './intake/webhook.controller.js';

const INTAKE = [WebhookIntake, WebhookInbox, WebhookEventRepository];
const APPLICATION = [
  BacklogRepository,
  MessageTargetRepository,
  StatusApplication,
  StatusApplier,
  WebhookRetention,
  WebhookRetentionRepository,
  WebhookWorker,
];

/** Webhooks in: the intake in processes with the role `router`, their application in those with the role `worker`. */
@Module({})
export class RouterModule {
  /** Modules are made before routes are registered, which is when Fastify must know of raw bodies. */
  constructor(host: HttpAdapterHost, config: Config) {
    if (!config.roles.has('router')) return;
    takeRawBodies(host.httpAdapter.getInstance<FastifyInstance>(), config.webhookMaxBytes);
  }

  static register(config: Config): DynamicModule {
    const takesIn = config.roles.has('router');
    const applies = config.roles.has('worker');
    return {
      module: RouterModule,
      imports: [ChannelsModule, LedgerModule],
      controllers: takesIn ? [WebhookController] : [],
      providers: [BacklogSignal, ...(takesIn ? INTAKE : []), ...(applies ? APPLICATION : [])],
    };
  }
}
