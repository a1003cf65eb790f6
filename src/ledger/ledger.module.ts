import { Module } from '@nestjs/common';
import { BarrierRepository } from './barrier.repository.js';
import { BatchRepository } from './batch.repository.js';
import { BatchWaking } from './batch-waking.repository.js';
import { CancelRepository } from './cancel.repository.js';
import { DispatchRateRepository } from './dispatch-rate.repository.js';
import { DispatchRepository } from './dispatch.repository.js';
import { GateRepository } from './gate.repository.js';
import { MessageWriter } from './message-writer.repository.js';
import { ProgressRepository } from './progress.repository.js';
import { ReaperRepository } from './reaper.repository.js';
import { SettleRepository } from './settle.repository.js';
import { StatusRepository } from './status.repository.js';
import { StreamAppendRepository } from './stream-append.repository.js';
import { StreamRepository } from './stream.repository.js';
import { SuppressionRepository } from './suppression.repository.js';
import { UsageRepository } from './usage.repository.js';

const PROVIDERS = [
  BarrierRepository,
  BatchRepository,
  BatchWaking,
  CancelRepository,
  DispatchRateRepository,
  DispatchRepository,
  GateRepository,
  MessageWriter,
  ProgressRepository,
  ReaperRepository,
  SettleRepository,
  StatusRepository,
  StreamAppendRepository,
  StreamRepository,
  SuppressionRepository,
  UsageRepository,
];

/** The send ledger. Knows campaigns, contacts and channels by their ids alone. */
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class LedgerModule {}
