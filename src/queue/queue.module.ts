import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import type { ReadyConfig } from '../config/config.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { BatchWork } from './batch-work.js';
import { BellProcessor } from './bell.processor.js';
import { BellRinger } from './bell-ringer.js';
import { BELL_QUEUE, CAMPAIGN_QUEUE } from './bull-queues.js';
import { ChannelLines } from './channel-line.js';
import { ChannelObstacles } from './channel-obstacle.js';
import { ChannelOrders } from './channel-orders.service.js';
import { ChannelOrdersController } from './channel-orders.controller.js';
import { ChannelStatusController } from './channel-status.controller.js';
import { ChannelStatusService } from './channel-status.service.js';
import { DispatchCache } from './dispatch-cache.js';
import { DispatchRates } from './dispatch-rates.js';
import { Grants } from './grants.js';
import { GroupSender } from './group-sender.js';
import { JournalRecovery } from './journal-recovery.js';
import { OutcomeEffects } from './outcome-effects.js';
import { PauseFlags } from './pause-flags.js';
import { QueueHealth } from './queue-health.js';
import { Reaper } from './reaper.js';
import { bullRedis, EngineRedis } from './redis.provider.js';
import { SendingReasons } from './sending-reasons.js';
import { SettleWriter } from './settle-writer.js';
import { SharedBreaker } from './shared-breaker.js';
import { StartJournal } from './start-journal.js';
import { Throttle } from './throttle.js';
import { Turn } from './turn.js';
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
    const queues = [queue(BELL_QUEUE), queue(CAMPAIGN_QUEUE)];
    return {
      module: QueueModule,
      global: true,
      imports: [LedgerModule, ChannelsModule, ...queues],
      controllers: config.roles.has('api') ? [ChannelStatusController, ChannelOrdersController] : [],
      providers: [
        BatchWork,
        BellRinger,
        ChannelLines,
        ChannelObstacles,
        ChannelOrders,
        ChannelStatusService,
        DispatchCache,
        DispatchRates,
        EngineRedis,
        Grants,
        GroupSender,
        JournalRecovery,
        OutcomeEffects,
        PauseFlags,
        QueueHealth,
        Reaper,
        SendingReasons,
        SettleWriter,
        SharedBreaker,
        StartJournal,
        Throttle,
        Turn,
        WorkerIdentity,
        WorkerPresence,
        ...(isWorker ? [BellProcessor] : []),
      ],
      exports: [BellRinger, ChannelLines, Reaper, SendingReasons, Throttle, WorkerIdentity, ...queues],
    };
  }
}
