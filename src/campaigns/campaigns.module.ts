import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { ContactsModule } from '../contacts/contacts.module.js';
import { EventsModule } from '../events/events.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AudienceCheck } from './audience/audience-check.js';
import { AudienceCountRepository } from './audience/audience-count.repository.js';
import { AudienceCounts } from './audience/audience-count.service.js';
import { AudienceFactsRepository } from './audience/audience-facts.repository.js';
import { AudienceRepository } from './audience/audience.repository.js';
import { AudienceResolving } from './audience/audience-resolving.js';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkOpening } from './bulk/bulk-opening.js';
import { BulkService } from './bulk/bulk.service.js';
import { CampaignChannels } from './campaign-channels.js';
import { CampaignChunks } from './preparation/campaign-chunks.js';
import { CampaignController } from './campaign.controller.js';
import { CampaignLedger } from './campaign-ledger.js';
import { CampaignLegacyController } from './campaign-legacy.controller.js';
import { CampaignLegacyService } from './campaign-legacy.service.js';
import { CampaignMessageRepository } from './campaign-message.repository.js';
import { CampaignMessageWalk } from './campaign-message-walk.js';
import { CampaignMessagesService } from './campaign-messages.service.js';
import { CampaignMetricsRepository } from './campaign-metrics.repository.js';
import { CampaignMoveRepository } from './campaign-move.repository.js';
import { CampaignOpening } from './campaign-opening.js';
import { CampaignRateService } from './campaign-rate.service.js';
import { CampaignReportController } from './campaign-report.controller.js';
import { CampaignRepository } from './campaign.repository.js';
import { CampaignRequests } from './campaign-request.js';
import { CampaignRunController } from './campaign-run.controller.js';
import { CampaignRunService } from './campaign-run.service.js';
import { CampaignService } from './campaign.service.js';
import { CampaignScheduling } from './schedule/campaign-scheduling.js';
import { CampaignSettling } from './campaign-settling.js';
import { CampaignStartService } from './campaign-start.service.js';
import { CampaignStatusService } from './campaign-status.service.js';
import { CampaignSurveys } from './campaign-survey.js';
import { CampaignTemplates } from './campaign-template.js';
import { CampaignTemplateRepository } from './campaign-template.repository.js';
import { CampaignTemplateWatch } from './campaign-template-watch.js';
import { CampaignTickRepository } from './campaign-tick.repository.js';
import { CampaignTicks } from './campaign-ticks.js';
import { CampaignTotals } from './campaign-totals.js';
import { CampaignUploads } from './audience/campaign-upload.js';
import { CampaignWatch } from './campaign-watch.js';
import { CampaignWeights } from './campaign-weight.js';
import { CampaignConfirmController } from './campaign-confirm.controller.js';
import { ChannelShares } from './channel-share.js';
import { ChannelChangeController } from './channel-change.controller.js';
import { ChannelRuns } from './channel-runs.js';
import { ChunkWriting } from './preparation/chunk-writing.js';
import { FollowUpController } from './follow-up/follow-up.controller.js';
import { FollowUps } from './follow-up/follow-up.service.js';
import { UnreadRepository } from './follow-up/unread.repository.js';
import { OccurrenceMaking } from './schedule/occurrence-making.js';
import { PreflightChannels } from './preflight/preflight-channels.js';
import { PreflightContents } from './preflight/preflight-content.js';
import { PreflightController } from './preflight/preflight.controller.js';
import { PreflightRepository } from './preflight/preflight.repository.js';
import { PreflightSamples } from './preflight/preflight-samples.js';
import { PreflightService } from './preflight/preflight.service.js';
import { PreparationBell } from './preparation/preparation-bell.js';
import { PreparationFailure } from './preparation/preparation-failure.js';
import { PreparationProcessor } from './preparation/preparation.processor.js';
import { PreparationRepository } from './preparation/preparation.repository.js';
import { PreparationService } from './preparation/preparation.service.js';
import { PriceController } from './preflight/price.controller.js';
import { PriceListRepository } from './preflight/price-list.repository.js';
import { PriceListService } from './preflight/price-list.service.js';
import { RecipientRepository } from './audience/recipient.repository.js';
import { RecipientUpload } from './audience/recipient-upload.js';
import { ReportController } from './reports/report.controller.js';
import { ReportRepository } from './reports/report.repository.js';
import { ReportService } from './reports/report.service.js';
import { ReportTrailRepository } from './reports/report-trail.repository.js';
import { ReportTrailService } from './reports/report-trail.service.js';
import { ResendChunks } from './resend/resend-chunks.js';
import { ResendController } from './resend/resend.controller.js';
import { ResendOpening } from './resend/resend-opening.js';
import { ResendService } from './resend/resend.service.js';
import { ChannelPauses } from './run-channels/channel-pause.service.js';
import { ChannelSets } from './run-channels/channel-set.service.js';
import { RunChannelsController } from './run-channels/run-channels.controller.js';
import { RunForecast } from './run-forecast.js';
import { SavedAudienceController } from './audience/saved-audience.controller.js';
import { SavedAudienceRepository } from './audience/saved-audience.repository.js';
import { SavedAudienceService } from './audience/saved-audience.service.js';
import { SampleTestController } from './sample/sample-test.controller.js';
import { SampleTests } from './sample/sample-test.service.js';
import { StreamWriter } from '../ledger/stream-writer.js';
import { TaskIds } from '../ledger/task-id.js';
import { ScheduleConfirmation } from './schedule/schedule-confirmation.js';
import { ScheduleRepository } from './schedule/schedule.repository.js';
import { ScheduleTicks } from './schedule/schedule-ticks.js';
import { CalendarController } from './windows/calendar.controller.js';
import { CalendarRepository } from './windows/calendar.repository.js';
import { CalendarService } from './windows/calendar.service.js';
import { CampaignConfirming } from './governance/campaign-confirming.js';
import { CampaignHolding } from './governance/campaign-holding.js';
import { FailureLimits } from './governance/failure-limits.js';
import { GovernanceOpening } from './governance/governance-opening.js';
import { GovernanceRepository } from './governance/governance.repository.js';
import { PlacesForecast } from './governance/places-forecast.js';
import { QualityWatch } from './governance/quality-watch.js';
import { QualityWatchRepository } from './governance/quality-watch.repository.js';
import { GovernanceTicks } from './governance/governance-ticks.js';
import { StageMoves } from './governance/stage-moves.js';
import { FinishTimes } from './windows/finish-times.js';
import { WindowChangeService } from './windows/window-change.service.js';
import { WindowController } from './windows/window.controller.js';
import { WindowPlacing } from './windows/window-placing.js';
import { WindowRepository } from './windows/window.repository.js';
import { WindowRules } from './windows/window-rules.js';
import { ZoneCounts } from './windows/zone-count.repository.js';
import { UploadRetention } from './audience/upload-retention.repository.js';
import { TicketController } from './bulk/ticket.controller.js';
import { VariantController } from './variants/variant.controller.js';
import { VariantCounts } from './variants/variant-count.js';
import { VariantFiguresRepository } from './variants/variant-figures.repository.js';
import { VariantService } from './variants/variant.service.js';
import { WinnerChoosing } from './variants/winner-choosing.js';
import { WinnerRepository } from './variants/winner.repository.js';
import { WinnerTicks } from './variants/winner-ticks.js';
import { TicketService } from './bulk/ticket.service.js';
import { TicketSurveyRepository } from './bulk/ticket-survey.repository.js';

/** What is sent to whom: lifecycle, audience, preparation, progress. The engine itself is in queue/. */
@Module({
  imports: [LedgerModule, EventsModule, ContactsModule, ChannelsModule],
  controllers: [
    CampaignController,
    CampaignRunController,
    CampaignReportController,
    ReportController,
    CampaignConfirmController,
    CampaignLegacyController,
    ChannelChangeController,
    PreflightController,
    PriceController,
    FollowUpController,
    ResendController,
    SavedAudienceController,
    RunChannelsController,
    SampleTestController,
    BulkController,
    CalendarController,
    WindowController,
    TicketController,
    VariantController,
  ],
  providers: [
    AudienceCheck,
    AudienceCountRepository,
    AudienceCounts,
    AudienceFactsRepository,
    AudienceRepository,
    AudienceResolving,
    BulkOpening,
    CalendarRepository,
    CalendarService,
    FinishTimes,
    WindowChangeService,
    WindowPlacing,
    WindowRepository,
    WindowRules,
    ZoneCounts,
    BulkService,
    CampaignChannels,
    CampaignChunks,
    CampaignConfirming,
    CampaignHolding,
    CampaignLedger,
    CampaignLegacyService,
    CampaignMessageRepository,
    CampaignMessageWalk,
    CampaignMessagesService,
    CampaignMetricsRepository,
    CampaignMoveRepository,
    CampaignOpening,
    CampaignRateService,
    CampaignRepository,
    CampaignRequests,
    CampaignRunService,
    CampaignScheduling,
    CampaignService,
    CampaignSettling,
    CampaignStartService,
    CampaignStatusService,
    CampaignSurveys,
    CampaignTemplateRepository,
    CampaignTemplateWatch,
    CampaignTemplates,
    CampaignTickRepository,
    CampaignTicks,
    CampaignTotals,
    CampaignUploads,
    CampaignWatch,
    CampaignWeights,
    ChannelShares,
    ChannelPauses,
    ChannelRuns,
    ChannelSets,
    ChunkWriting,
    FollowUps,
    FailureLimits,
    GovernanceOpening,
    GovernanceRepository,
    GovernanceTicks,
    PlacesForecast,
    QualityWatch,
    QualityWatchRepository,
    OccurrenceMaking,
    StageMoves,
    PreflightChannels,
    PreflightContents,
    PreflightRepository,
    PreflightSamples,
    PreflightService,
    PreparationBell,
    PreparationFailure,
    PreparationProcessor,
    PreparationRepository,
    PreparationService,
    PriceListRepository,
    PriceListService,
    RecipientRepository,
    RecipientUpload,
    ReportRepository,
    ReportService,
    ReportTrailRepository,
    ReportTrailService,
    ResendChunks,
    ResendOpening,
    ResendService,
    RunForecast,
    SavedAudienceRepository,
    SavedAudienceService,
    SampleTests,
    ScheduleConfirmation,
    ScheduleRepository,
    ScheduleTicks,
    StreamWriter,
    TaskIds,
    UnreadRepository,
    UploadRetention,
    TicketService,
    TicketSurveyRepository,
    VariantCounts,
    VariantFiguresRepository,
    VariantService,
    WinnerChoosing,
    WinnerRepository,
    WinnerTicks,
  ],
  exports: [
    CampaignTemplateWatch,
    CampaignTicks,
    GovernanceTicks,
    QualityWatch,
    PreparationService,
    ScheduleTicks,
    WindowPlacing,
    WinnerTicks,
  ],
})
export class CampaignsModule {}
