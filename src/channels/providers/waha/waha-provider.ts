import { commonContentFault } from '../content-fault.js';
import type { ProviderRegistration } from '../provider-registration.js';
import type { ProviderCapabilities } from '../provider.js';
import { readJsonBody } from '../webhook-delivery.js';
import { TEMPLATE_FAULT, WahaClient } from './waha-client.js';
import { readWahaSettings, WAHA_SECRET_SETTINGS, type WahaSettings } from './waha-settings.js';
import { isSignedWith } from './waha-signature.js';
import { parseWahaWebhook } from './waha-webhook.js';

/** Unless its webhook is set up otherwise, WAHA tries 15 times, 2 s apart. */
const WEBHOOK_RETRY_MS = 30_000;

const CAPABILITIES: Omit<ProviderCapabilities, 'signsWebhooks'> = {
  echoesCorrelation: false,
  canLookUp: true,
  webhookRetryMs: WEBHOOK_RETRY_MS,
  hasServiceWindow: false,
  keepsSession: true,
};

/** WhatsApp HTTP API (devlikeapro): WhatsApp Web sessions behind an API of one's own. */
export const waha: ProviderRegistration = {
  name: 'waha',
  make: ({ addresses }) => ({
    name: 'waha',
    capabilitiesOf: (settings) => ({
      ...CAPABILITIES,
      signsWebhooks: wahaSettings(settings).hmacKey !== undefined,
    }),
    secretSettings: WAHA_SECRET_SETTINGS,
    parseSettings: (input) => ({ ...readWahaSettings(input, addresses) }),
    accountRef: (settings) => accountRefOf(wahaSettings(settings)),
    open: ({ channelId, settings, maxOpenCalls }) =>
      new WahaClient(channelId, wahaSettings(settings), maxOpenCalls, addresses),
    verifyWebhook: (proof, settings) => isSignedWith(wahaSettings(settings).hmacKey ?? '', proof),
    parseWebhook: (delivery, settings) => {
      const known: Partial<WahaSettings> = settings;
      const accountRef = known.session === undefined ? null : accountRefOf(wahaSettings(settings));
      const channel = { session: known.session, accountRef };
      return parseWahaWebhook(readJsonBody(delivery), channel, delivery.receivedAt);
    },
    contentFault: (content) =>
      content.type === 'template' ? TEMPLATE_FAULT : commonContentFault('waha', content),
  }),
};

/** Every WAHA Core calls its session "default": the name alone would not tell two numbers apart. */
function accountRefOf({ session, baseUrl }: WahaSettings): string {
  return `${session}@${baseUrl.replace(/^https?:\/\//, '')}`;
}

/** Settings come unsealed from the row, where only what readWahaSettings made is ever put. */
function wahaSettings(settings: Readonly<Record<string, unknown>>): WahaSettings {
  return settings as unknown as WahaSettings;
}
