import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AddressPolicy } from './address-policy.js';
import { ChannelBreakerRepository } from './channel-breaker.repository.js';
import { ChannelChoices } from './channel-choice.js';
import { ChannelClients } from './channel-clients.js';
import { ChannelController } from './channel.controller.js';
import { ChannelDirectory } from './channel-directory.js';
import { ChannelEntity } from './channel.entity.js';
import { ChannelHolds } from './channel-holds.js';
import { ChannelRepository } from './channel.repository.js';
import { ChannelRows } from './channel-rows.repository.js';
import { ChannelService } from './channel.service.js';
import { ChannelSlowdownRepository } from './channel-slowdown.repository.js';
import { ChannelViews } from './channel-views.js';
import { CloudSecrets } from './cloud-secrets.js';
import { ProviderRegistry } from './provider-registry.js';
import { SimulatorProcess } from './providers/simulator/simulator-process.js';
import { PublicAddress } from './public-address.js';
import { SealedSettings } from './sealed-settings.js';

@Module({
  imports: [TypeOrmModule.forFeature([ChannelEntity])],
  controllers: [ChannelController],
  providers: [
    AddressPolicy,
    ChannelBreakerRepository,
    ChannelChoices,
    ChannelClients,
    ChannelDirectory,
    ChannelHolds,
    ChannelRepository,
    ChannelRows,
    ChannelService,
    ChannelViews,
    ChannelSlowdownRepository,
    CloudSecrets,
    ProviderRegistry,
    PublicAddress,
    SealedSettings,
    SimulatorProcess,
  ],
  exports: [
    ChannelBreakerRepository,
    ChannelChoices,
    ChannelClients,
    ChannelDirectory,
    ChannelHolds,
    ChannelService,
    ChannelSlowdownRepository,
    ChannelViews,
    CloudSecrets,
    ProviderRegistry,
    PublicAddress,
  ],
})
export class ChannelsModule implements OnApplicationShutdown {
  constructor(
    private readonly clients: ChannelClients,
    private readonly simulator: SimulatorProcess,
  ) {}

  /** Calls end first, then what they were made to. */
  async onApplicationShutdown(): Promise<void> {
    await this.clients.close();
    await this.simulator.stop();
  }
}
