import { commonContentFault } from '../content-fault.js';
import type { ProviderRegistration } from '../provider-registration.js';
import type { ProviderCapabilities } from '../provider.js';
import { readJsonBody } from '../webhook-delivery.js';
import { EvolutionClient, TEMPLATE_FAULT } from './evolution-client.js';
import {
  EVOLUTION_SECRET_SETTINGS,
  readEvolutionSettings,
  type EvolutionSettings,
} from './evolution-settings.js';
import { parseEvolutionWebhook } from './evolution-webhook.js';

/** Ten tries with waits from 5 to 300 seconds, unless the server is set up otherwise. */
const WEBHOOK_RETRY_MS = 20 * 60_000;

/** An instance that is linked to a phone. */
const PHONE_CAPABILITIES: ProviderCapabilities = {
  echoesCorrelation: false,
  canLookUp: true,
  webhookRetryMs: WEBHOOK_RETRY_MS,
  hasServiceWindow: false,
  keepsSession: true,
  signsWebhooks: false,
};

/** An instance that speaks to Meta's Cloud API: the ids are Meta's, and there is no session to lose. */
const BUSINESS_CAPABILITIES: ProviderCapabilities = {
  ...PHONE_CAPABILITIES,
  canLookUp: false,
  hasServiceWindow: true,
  keepsSession: false,
};

/** Evolution API, version 2. */
export const evolution: ProviderRegistration = {
  name: 'evolution',
  make: ({ addresses }) => ({
    name: 'evolution',
    capabilitiesOf: (settings) => (isBusiness(settings) ? BUSINESS_CAPABILITIES : PHONE_CAPABILITIES),
    secretSettings: EVOLUTION_SECRET_SETTINGS,
    parseSettings: (input) => ({ ...readEvolutionSettings(input, addresses) }),
    // Names of instances are chosen by each server's owner: only the address that was called says whose a webhook is.
    accountRef: () => null,
    open: ({ channelId, settings, maxOpenCalls }) =>
      new EvolutionClient({ channelId, settings: evolutionSettings(settings), maxOpenCalls }, addresses),
    verifyWebhook: () => false,
    parseWebhook: (delivery, settings) =>
      parseEvolutionWebhook(readJsonBody(delivery), settings, delivery.receivedAt.getTime()),
    contentFault: (content, settings) =>
      content.type === 'template' && !isBusiness(settings())
        ? TEMPLATE_FAULT
        : commonContentFault('evolution', content),
    // Every message is such an event, those that we sent among them.
    urgentMarks: ['messages.upsert', 'messages-upsert', 'MESSAGES_UPSERT'],
  }),
};

function isBusiness(settings: Readonly<Record<string, unknown>>): boolean {
  return evolutionSettings(settings).integration === 'WHATSAPP-BUSINESS';
}

/** Settings come unsealed from the row, where only what readEvolutionSettings made is ever put. */
function evolutionSettings(settings: Readonly<Record<string, unknown>>): EvolutionSettings {
  return settings as unknown as EvolutionSettings;
}
