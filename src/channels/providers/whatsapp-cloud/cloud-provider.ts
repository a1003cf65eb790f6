import type { ProviderRegistration } from '../provider-registration.js';
import type { ProviderCapabilities } from '../provider.js';
import { readJsonBody } from '../webhook-delivery.js';
import { CloudClient } from './cloud-client.js';
import { CLOUD_SECRET_SETTINGS, readCloudSettings, type CloudSettings } from './cloud-settings.js';
import { isSignedWith } from './cloud-signature.js';
import { parseCloudWebhook } from './cloud-webhook.js';

const SEVEN_DAYS_MS = 7 * 24 * 60 * 60 * 1000;

export const CLOUD_CAPABILITIES: ProviderCapabilities = {
  echoesCorrelation: true,
  canLookUp: false,
  webhookRetryMs: SEVEN_DAYS_MS,
  hasServiceWindow: true,
  keepsSession: false,
  signsWebhooks: true,
};

/** The colon tells a list of messages from the field of that name, which webhooks of statuses have too. */
export const CLOUD_URGENT_MARKS: readonly string[] = ['"messages":', '"user_preferences"'];

/** WhatsApp Cloud API of Meta. */
export const whatsAppCloud: ProviderRegistration = {
  name: 'whatsapp-cloud',
  make: ({ addresses }) => ({
    name: 'whatsapp-cloud',
    capabilitiesOf: () => CLOUD_CAPABILITIES,
    secretSettings: CLOUD_SECRET_SETTINGS,
    urgentMarks: CLOUD_URGENT_MARKS,
    parseSettings: (input) => ({ ...readCloudSettings(input, addresses) }),
    accountRef: (settings) => cloudSettings(settings).phoneNumberId,
    wabaRef: (settings) => cloudSettings(settings).wabaId ?? null,
    open: ({ settings, maxOpenCalls }) => new CloudClient(cloudSettings(settings), maxOpenCalls, addresses),
    verifyWebhook: (proof, settings) => isSignedWith(cloudSettings(settings).appSecret ?? '', proof),
    contentFault: () => undefined,
    parseWebhook: (delivery) => parseCloudWebhook(readJsonBody(delivery)),
  }),
};

/** Settings come unsealed from the row, where only what readCloudSettings made is ever put. */
function cloudSettings(settings: Readonly<Record<string, unknown>>): CloudSettings {
  return settings as unknown as CloudSettings;
}
