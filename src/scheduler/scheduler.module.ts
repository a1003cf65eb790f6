import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { CampaignsModule } from '../campaigns/campaigns.module.js';
import { ChannelsModule } from '../channels/channels.module.js';
import type { ReadyConfig } from '../config/config.js';
import { ContactsModule } from '../contacts/contacts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { Ticks } from './ticks.js';

/** The ticks run in workers only. */
@Module({})
export class SchedulerModule {
  static register(config: ReadyConfig): DynamicModule {
    if (!config.roles.has('worker')) return { module: SchedulerModule };
    return {
      module: SchedulerModule,
      imports: [
        ScheduleModule.forRoot(),
        CampaignsModule,
        ChannelsModule,
        ContactsModule,
        LedgerModule,
        MessagesModule,
      ],
      providers: [Ticks],
    };
  }
}
