import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import type { ReadyConfig } from '../config/config.js';
import { EventsModule } from '../events/events.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { SlowedChannels } from './adaptive-channels.js';
import { AdaptiveRate } from './adaptive-rate.js';
import { Slowdowns } from './adaptive-slowdowns.js';
import { BatchWork } from './batch-work.js';
import { BellProcessor } from './bell.processor.js';
import { BellRinger } from './bell-ringer.js';
import { BreakerNews } from './breaker-news.js';
import { BELL_QUEUE, CAMPAIGN_QUEUE, STREAM_BELL_QUEUE } from './bull-queues.js';
import { ChannelLines } from './channel-line.js';
import { ChannelObstacles } from './channel-obstacle.js';
import { ChannelOrders } from './channel-orders.service.js';
import { ChannelOrdersController } from './channel-orders.controller.js';
import { ChannelReopening } from './channel-reopening.js';
import { ChannelRestarts } from './channel-restart.service.js';
import { ChannelSessions } from './channel-sessions.js';
import { ChannelStatusController } from './channel-status.controller.js';
import { ChannelStatusService } from './channel-status.service.js';
import { ChannelUnknowns } from './channel-unknowns.js';
import { ContactBudgets } from './contact-budgets.js';
import { ContactGuards } from './contact-guards.js';
import { DefaultChannelController } from './default-channel.controller.js';
import { DispatchCache } from './dispatch-cache.js';
import { DispatchPacing } from './dispatch-pacing.js';
import { DispatchRates } from './dispatch-rates.js';
import { Grants } from './grants.js';
import { GroupSender } from './group-sender.js';
import { JournalRecovery } from './journal-recovery.js';
import { LookUps } from './look-up.js';
import { OutcomeEffects } from './outcome-effects.js';
import { RefusalRuns } from './refusal-runs.js';
import { PauseFlags } from './pause-flags.js';
import { PoolAbilities } from './pool-abilities.js';
import { PoolTick } from './pool-tick.js';
import { PoolView } from './pool-view.js';
import { QueueHealth } from './queue-health.js';
import { Reaper } from './reaper.js';
import { BudgetReasons } from './budget-reason.js';
import { bullRedis, EngineRedis } from './redis.provider.js';
import { SendingReasons } from './sending-reasons.js';
import { SessionLinkController } from './session-link.controller.js';
import { SessionLinks } from './session-link.service.js';
import { SessionRepository } from './session.repository.js';
import { SessionWatch } from './session-watch.js';
import { SettleWriter } from './settle-writer.js';
import { SharedBreaker } from './shared-breaker.js';
import { StallRepository } from './stall.repository.js';
import { StallWatch } from './stall-watch.js';
import { StartJournal } from './start-journal.js';
import { StreamBells } from './stream-bells.js';
import { Throttle } from './throttle.js';
import { Turn } from './turn.js';
import { TurnBook } from './turn-book.js';
import { UnknownHorizon } from './unknown-horizon.js';
import { WorkerIdentity } from './worker-identity.js';
import { WorkerPresence } from './worker-presence.js';

/**
 * The sending engine. Registered once, and global: a second register() would be a second set of processors.
 * Only a process with role worker answers bells.
 */
@Module({})
export class QueueModule {
  static register(config: ReadyConfig): DynamicModule {
    const queue = (name: string) =>
      BullModule.registerQueue({
        name,
        // The braces keep the keys of one queue on one node of a cluster.
        prefix: `${config.redisPrefix}:{${name}}`,
        createClient: bullRedis(config),
        settings: { stalledInterval: 30_000, maxStalledCount: 1 },
      });
    const isWorker = config.roles.has('worker');
    const queues = [queue(BELL_QUEUE), queue(STREAM_BELL_QUEUE), queue(CAMPAIGN_QUEUE)];
    return {
      module: QueueModule,
      global: true,
      imports: [LedgerModule, ChannelsModule, EventsModule, ...queues],
      controllers: config.roles.has('api')
        ? [ChannelStatusController, ChannelOrdersController, DefaultChannelController, SessionLinkController]
        : [],
      providers: [
        AdaptiveRate,
        BatchWork,
        BellRinger,
        ChannelLines,
        ChannelObstacles,
        ChannelOrders,
        ChannelReopening,
        BreakerNews,
        ChannelRestarts,
        ChannelSessions,
        ChannelStatusService,
        ChannelUnknowns,
        BudgetReasons,
        ContactBudgets,
        ContactGuards,
        DispatchCache,
        DispatchPacing,
        DispatchRates,
        EngineRedis,
        Grants,
        GroupSender,
        JournalRecovery,
        LookUps,
        OutcomeEffects,
        RefusalRuns,
        PauseFlags,
        PoolAbilities,
        PoolTick,
        PoolView,
        QueueHealth,
        Reaper,
        SendingReasons,
        SessionLinks,
        SessionRepository,
        SessionWatch,
        SettleWriter,
        SharedBreaker,
        SlowedChannels,
        Slowdowns,
        StallRepository,
        StallWatch,
        StartJournal,
        StreamBells,
        Throttle,
        Turn,
        TurnBook,
        UnknownHorizon,
        WorkerIdentity,
        WorkerPresence,
        ...(isWorker ? [BellProcessor] : []),
      ],
      exports: [
        BellRinger,
        ChannelLines,
        ChannelObstacles,
        ChannelSessions,
        ContactBudgets,
        LookUps,
        PoolAbilities,
        PoolTick,
        Reaper,
        SendingReasons,
        SessionWatch,
        SlowedChannels,
        StallWatch,
        StreamBells,
        Throttle,
        UnknownHorizon,
        WorkerIdentity,
        ...queues,
      ],
    };
  }
}
