import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { BarrierRepository } from './barrier.repository.js';
import { BatchMoves } from './batch-move.repository.js';
import { BatchRepository } from './batch.repository.js';
import { BatchWaking } from './batch-waking.repository.js';
import { BudgetRepository } from './budget.repository.js';
import { BudgetRetention } from './budget-retention.js';
import { BulkAppendRepository } from './bulk-append.repository.js';
import { CampaignProgressRepository } from './campaign-progress.repository.js';
import { CancelRepository } from './cancel.repository.js';
import { ContactBarrier } from './contact-barrier.repository.js';
import { DispatchChannels } from './dispatch-channels.repository.js';
import { DispatchRateRepository } from './dispatch-rate.repository.js';
import { DispatchStages } from './dispatch-stages.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { FailureWatches } from './failure-watch.repository.js';
import { GateRepository } from './gate.repository.js';
import { HorizonRepository } from './horizon.repository.js';
import { MessageWriter } from './message-writer.repository.js';
import { ProgressRepository } from './progress.repository.js';
import { ReaperRepository } from './reaper.repository.js';
import { RecentUsageRepository } from './recent-usage.repository.js';
import { RefRetentionRepository } from './ref-retention.repository.js';
import { Retention } from './retention.js';
import { RetentionRepository } from './retention.repository.js';
import { ResendRepository } from './resend.repository.js';
import { ResendWriter } from './resend-writer.repository.js';
import { SettleRepository } from './settle.repository.js';
import { StatusRepository } from './status.repository.js';
import { StreamAppendRepository } from './stream-append.repository.js';
import { StreamRepository } from './stream.repository.js';
import { SuppressionRepository } from './suppression.repository.js';
import { UnknownRepository } from './unknown.repository.js';
import { UsageRepository } from './usage.repository.js';

const PROVIDERS = [
  BarrierRepository,
  BatchMoves,
  BatchRepository,
  BatchWaking,
  BudgetRepository,
  BudgetRetention,
  BulkAppendRepository,
  CampaignProgressRepository,
  CancelRepository,
  DispatchChannels,
  ContactBarrier,
  DispatchRateRepository,
  DispatchRepository,
  DispatchStages,
  FailureWatches,
  GateRepository,
  HorizonRepository,
  MessageWriter,
  ProgressRepository,
  ReaperRepository,
  RecentUsageRepository,
  RefRetentionRepository,
  Retention,
  RetentionRepository,
  ResendRepository,
  ResendWriter,
  SettleRepository,
  StatusRepository,
  StreamAppendRepository,
  StreamRepository,
  SuppressionRepository,
  UnknownRepository,
  UsageRepository,
];

/** The send ledger. Knows campaigns, contacts and channels by their ids alone. */
@Module({ imports: [EventsModule], providers: PROVIDERS, exports: PROVIDERS })
export class LedgerModule {}
