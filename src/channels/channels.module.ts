import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventsModule } from '../events/events.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AccountWatch } from './account-watch.js';
import { AddressPolicy } from './address-policy.js';
import { BudgetChanges } from './budget-change.js';
import { ChannelBreakerRepository } from './channel-breaker.repository.js';
import { ChannelCheckRepository } from './channel-check.repository.js';
import { ChannelChoices } from './channel-choice.js';
import { ChannelClients } from './channel-clients.js';
import { ChannelController } from './channel.controller.js';
import { ChannelDirectory } from './channel-directory.js';
import { ChannelEntity } from './channel.entity.js';
import { ChannelHoldRepository } from './channel-hold.repository.js';
import { ChannelHolds } from './channel-holds.js';
import { ChannelRepository } from './channel.repository.js';
import { ChannelRows } from './channel-rows.repository.js';
import { ChannelService } from './channel.service.js';
import { ChannelSlowdownRepository } from './channel-slowdown.repository.js';
import { ChannelStandings } from './channel-standings.js';
import { ChannelTemplates } from './channel-templates.js';
import { ChannelTiers } from './channel-tiers.js';
import { ChannelViews } from './channel-views.js';
import { PortfolioController } from './portfolio.controller.js';
import { PortfolioRepository } from './portfolio.repository.js';
import { PortfolioService } from './portfolio.service.js';
import { ProviderRegistry } from './provider-registry.js';
import { SimulatorProcess } from './providers/simulator/simulator-process.js';
import { PublicAddress } from './public-address.js';
import { SealedSettings } from './sealed-settings.js';
import { StandingRepository } from './standing.repository.js';
import { TemplateController } from './template.controller.js';
import { TemplateRepository } from './template.repository.js';
import { TemplateService } from './template.service.js';
import { WebhookSecretController } from './webhook-secret.controller.js';
import { WebhookSecretRepository } from './webhook-secret.repository.js';
import { WebhookSecretService } from './webhook-secret.service.js';
import { WebhookSecrets } from './webhook-secrets.js';

@Module({
  imports: [EventsModule, LedgerModule, TypeOrmModule.forFeature([ChannelEntity])],
  controllers: [ChannelController, PortfolioController, TemplateController, WebhookSecretController],
  providers: [
    AccountWatch,
    AddressPolicy,
    BudgetChanges,
    ChannelBreakerRepository,
    ChannelCheckRepository,
    ChannelChoices,
    ChannelClients,
    ChannelDirectory,
    ChannelHoldRepository,
    ChannelHolds,
    ChannelRepository,
    ChannelRows,
    ChannelService,
    ChannelStandings,
    ChannelTemplates,
    ChannelTiers,
    ChannelViews,
    ChannelSlowdownRepository,
    PortfolioRepository,
    PortfolioService,
    ProviderRegistry,
    PublicAddress,
    SealedSettings,
    SimulatorProcess,
    StandingRepository,
    TemplateRepository,
    TemplateService,
    WebhookSecretRepository,
    WebhookSecretService,
    WebhookSecrets,
  ],
  exports: [
    AccountWatch,
    ChannelBreakerRepository,
    ChannelCheckRepository,
    ChannelChoices,
    ChannelClients,
    ChannelDirectory,
    ChannelHolds,
    ChannelService,
    ChannelSlowdownRepository,
    ChannelStandings,
    ChannelTemplates,
    ChannelViews,
    ProviderRegistry,
    PublicAddress,
    StandingRepository,
    WebhookSecrets,
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
