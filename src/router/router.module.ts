import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { ChannelsModule } from '../channels/channels.module.js';
import { Config } from '../config/config.js';
import { ContactsModule } from '../contacts/contacts.module.js';
import { EventsModule } from '../events/events.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { BacklogRepository } from './application/backlog.repository.js';
import { ChannelNews } from './application/channel-news.js';
import { DirectStore } from './application/direct-store.js';
import { ElementApplication } from './application/element-application.js';
import { MessageTargetRepository } from './application/message-target.repository.js';
import { PreferenceApplication } from './application/preference-application.js';
import { StatusApplication } from './application/status-application.js';
import { StoredWebhookController } from './application/stored-webhook.controller.js';
import { StoredWebhookRepository } from './application/stored-webhook.repository.js';
import { StoredWebhookService } from './application/stored-webhook.service.js';
import { WebhookApplier } from './application/webhook-applier.js';
import { WebhookRetention } from './application/webhook-retention.js';
import { WebhookRetentionRepository } from './application/webhook-retention.repository.js';
import { WebhookWorker } from './application/webhook-worker.js';
import { BacklogSignal } from './backlog-signal.js';
import { ConversationMedia } from './conversations/conversation-media.js';
import { ConversationRetention } from './conversations/conversation-retention.repository.js';
import { ConversationController } from './conversations/conversation.controller.js';
import { ConversationRepository } from './conversations/conversation.repository.js';
import { ConversationService } from './conversations/conversation.service.js';
import { ThreadRepository } from './conversations/thread.repository.js';
import { AutoReplies } from './inbound/auto-reply.js';
import { AutoReplyRepository } from './inbound/auto-reply.repository.js';
import { ConsentApplication } from './inbound/consent-application.js';
import { InboundApplication } from './inbound/inbound-application.js';
import { InboundRepository } from './inbound/inbound.repository.js';
import { InboundRetention } from './inbound/inbound-retention.repository.js';
import { RuleApplication } from './rules/rule-application.js';
import { RuleBook } from './rules/rule-book.js';
import { RuleController } from './rules/rule.controller.js';
import { RuleRepository } from './rules/rule.repository.js';
import { RuleService } from './rules/rule.service.js';
import { NormalisedIntake } from './intake/normalised-intake.service.js';
import { takeRawBodies } from './intake/raw-body.js';
import { Refusals } from './intake/refusals.js';
import { SpoolDrain } from './intake/spool-drain.js';
import { WebhookEventRepository } from './intake/webhook-event.repository.js';
import { WebhookInbox } from './intake/webhook-inbox.js';
import { WebhookIntake } from './intake/webhook-intake.service.js';
import { WebhookSpool } from './intake/webhook-spool.js';
import { WebhookStore } from './intake/webhook-store.js';
import { WebhookController } from './intake/webhook.controller.js';
import { SubscriptionsModule } from './subscriptions/subscriptions.module.js';

const INTAKE = [
  NormalisedIntake,
  SpoolDrain,
  WebhookEventRepository,
  WebhookInbox,
  WebhookIntake,
  WebhookSpool,
];
/** What applies a webhook: of workers, and of an intake that applies before it answers. */
const APPLICATION = [
  BacklogRepository,
  ChannelNews,
  ElementApplication,
  MessageTargetRepository,
  PreferenceApplication,
  StatusApplication,
  WebhookApplier,
];
/** What is made of messages that people wrote; wherever webhooks are applied. */
const INBOUND = [
  AutoReplies,
  AutoReplyRepository,
  ConsentApplication,
  InboundApplication,
  InboundRepository,
  RuleApplication,
  RuleBook,
];
const CONVERSATIONS = [
  ConversationMedia,
  ConversationRepository,
  ConversationService,
  RuleService,
  ThreadRepository,
];
const WORK = [
  ConversationRetention,
  InboundRetention,
  WebhookRetention,
  WebhookRetentionRepository,
  WebhookWorker,
];
const LISTS = [StoredWebhookRepository, StoredWebhookService];

/**
 * Webhooks in: the intake in processes with the role `router`, their application in those with the role `worker`, and
 * the list of what was stored in those with the role `api`.
 */
@Module({})
export class RouterModule {
  /** Modules are made before routes are registered, which is when Fastify must know of raw bodies. */
  constructor(host: HttpAdapterHost, config: Config, refusals: Refusals) {
    if (!config.roles.has('router')) return;
    takeRawBodies(host.httpAdapter.getInstance<FastifyInstance>(), config.webhookMaxBytes, refusals);
  }

  static register(config: Config): DynamicModule {
    const takesIn = config.roles.has('router');
    const works = config.roles.has('worker');
    const lists = config.roles.has('api');
    const isDirect = takesIn && config.webhookMode === 'direct';
    return {
      module: RouterModule,
      imports: [
        ChannelsModule,
        ContactsModule,
        EventsModule,
        LedgerModule,
        // An intake alone speaks to nobody but Postgres.
        ...(works || lists || isDirect ? [MessagesModule] : []),
        SubscriptionsModule.register(config),
      ],
      controllers: [
        ...(takesIn ? [WebhookController] : []),
        ...(lists ? [ConversationController, RuleController, StoredWebhookController] : []),
      ],
      providers: [
        BacklogSignal,
        Refusals,
        ...(takesIn ? [...INTAKE, storeOf(isDirect)] : []),
        ...(isDirect ? [DirectStore] : []),
        RuleRepository,
        ...(works || isDirect ? [...APPLICATION, ...INBOUND] : []),
        ...(works ? WORK : []),
        ...(lists ? [...CONVERSATIONS, ...LISTS] : []),
      ],
    };
  }
}

function storeOf(isDirect: boolean): Provider {
  return { provide: WebhookStore, useExisting: isDirect ? DirectStore : WebhookEventRepository };
}
