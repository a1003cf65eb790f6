import { Foundation1763700000001 } from './1763700000001-foundation.js';
import { Contacts1763700000002 } from './1763700000002-contacts.js';
import { Channels1763700000003 } from './1763700000003-channels.js';
import { Ledger1763700000004 } from './1763700000004-ledger.js';
import { Campaigns1763700000005 } from './1763700000005-campaigns.js';
import { Webhooks1763700000006 } from './1763700000006-webhooks.js';
import { CampaignRate1763700000007 } from './1763700000007-campaign-rate.js';
import { Safeguards1763700000008 } from './1763700000008-safeguards.js';
import { Streams1763700000009 } from './1763700000009-streams.js';
import { CampaignWeight1763700000010 } from './1763700000010-campaign-weight.js';
import { AdaptiveAndPacing1763700000011 } from './1763700000011-adaptive-and-pacing.js';
import { Pools1763700000012 } from './1763700000012-pools.js';
import { Events1763700000013 } from './1763700000013-events.js';
import { UnknownOutcomes1763700000014 } from './1763700000014-unknown-outcomes.js';
import { Housekeeping1763700000015 } from './1763700000015-housekeeping.js';
import { LighterLedger1763700000016 } from './1763700000016-lighter-ledger.js';
import { WebhooksOut1763700000017 } from './1763700000017-webhooks-out.js';
import { ChannelUpkeep1763700000018 } from './1763700000018-channel-upkeep.js';
import { WebhookIntake1763700000019 } from './1763700000019-webhook-intake.js';
import { StreamsOfChannels1763700000020 } from './1763700000020-streams-of-channels.js';
import { Conversations1763700000021 } from './1763700000021-conversations.js';
import { Schedules1763700000022 } from './1763700000022-schedules.js';
import { Prices1763700000023 } from './1763700000023-prices.js';
import { SendWindows1763700000024 } from './1763700000024-send-windows.js';
import { Audiences1763700000025 } from './1763700000025-audiences.js';
import { Stages1763700000026 } from './1763700000026-stages.js';
import { Budgets1763700000027 } from './1763700000027-budgets.js';
import { Variants1763700000028 } from './1763700000028-variants.js';
import { RunChannels1763700000029 } from './1763700000029-run-channels.js';
import { CampaignStatuses1763700000030 } from './1763700000030-campaign-statuses.js';
import { Alerts1763700000031 } from './1763700000031-alerts.js';
import { DeploymentWitness1763700000032 } from './1763700000032-deployment-witness.js';
import { WebhookScope1763700000033 } from './1763700000033-webhook-scope.js';

/** In order. An explicit list serves the command, the app and the tests alike; globs break under ESM. */
export const ALL_MIGRATIONS = [
  Foundation1763700000001,
  Contacts1763700000002,
  Channels1763700000003,
  Ledger1763700000004,
  Campaigns1763700000005,
  Webhooks1763700000006,
  CampaignRate1763700000007,
  Safeguards1763700000008,
  Streams1763700000009,
  CampaignWeight1763700000010,
  AdaptiveAndPacing1763700000011,
  Pools1763700000012,
  Events1763700000013,
  UnknownOutcomes1763700000014,
  Housekeeping1763700000015,
  LighterLedger1763700000016,
  WebhooksOut1763700000017,
  ChannelUpkeep1763700000018,
  WebhookIntake1763700000019,
  StreamsOfChannels1763700000020,
  Conversations1763700000021,
  Schedules1763700000022,
  Prices1763700000023,
  SendWindows1763700000024,
  Audiences1763700000025,
  Stages1763700000026,
  Budgets1763700000027,
  Variants1763700000028,
  RunChannels1763700000029,
  CampaignStatuses1763700000030,
  Alerts1763700000031,
  DeploymentWitness1763700000032,
  WebhookScope1763700000033,
];
