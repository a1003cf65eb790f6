import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { CampaignsModule } from './campaigns/campaigns.module.js';
import { ChannelsModule } from './channels/channels.module.js';
import { CommonModule } from './common/common.module.js';
import type { ReadyConfig } from './config/config.js';
import { ContactsModule } from './contacts/contacts.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeploymentModule } from './database/deployment.module.js';
import { EventsModule } from './events/events.module.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { MessagesModule } from './messages/messages.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { QueueModule } from './queue/queue.module.js';
import { RouterModule } from './router/router.module.js';
import { SchedulerModule } from './scheduler/scheduler.module.js';

/** The table of contents. */
@Module({})
export class AppModule {
  static register(config: ReadyConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CommonModule.register(config),
        DatabaseModule.register(config),
        DeploymentModule,
        EventsModule,
        AuthModule,
        LedgerModule,
        ChannelsModule,
        ContactsModule,
        QueueModule.register(config),
        CampaignsModule,
        MessagesModule,
        RouterModule.register(config),
        SchedulerModule.register(config),
        MetricsModule,
      ],
    };
  }
}
