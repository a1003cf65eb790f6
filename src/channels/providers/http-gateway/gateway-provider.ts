import type { ProviderRegistration } from '../provider-registration.js';
import type { ProviderCapabilities } from '../provider.js';
import { readJsonBody, type WebhookDelivery } from '../webhook-delivery.js';
import { GatewayClient, gatewayContentFault, keepsSession } from './gateway-client.js';
import type { WebhookMapping } from './gateway-mapping.js';
import { mergedMapping } from './merged-mapping.js';
import {
  GATEWAY_SECRET_SETTINGS,
  mappingOf,
  readGatewaySettings,
  type GatewaySettings,
} from './gateway-settings.js';
import { parseGatewayWebhook } from './gateway-webhook.js';
import { bringsToken } from './webhook-token.js';

/** Any service of one's own that sends over a WhatsApp Web session. */
export const httpGateway: ProviderRegistration = {
  name: 'http-gateway',
  make: ({ addresses }) => ({
    name: 'http-gateway',
    capabilitiesOf: (settings) => capabilitiesOf(gatewaySettings(settings)),
    secretSettings: GATEWAY_SECRET_SETTINGS,
    parseSettings: (input) => ({ ...readGatewaySettings(input, addresses) }),
    accountRef: () => null,
    open: ({ settings, maxOpenCalls }) =>
      new GatewayClient(gatewaySettings(settings), maxOpenCalls, addresses),
    verifyWebhook: (proof, settings) =>
      bringsToken(gatewaySettings(settings).webhookToken, webhookMapping(settings).tokenHeader, proof),
    parseWebhook: (delivery, settings) =>
      parseGatewayWebhook(bodyOf(delivery), webhookMapping(settings), delivery.receivedAt),
    contentFault: gatewayContentFault,
    // A phone that writes to hundreds of people a minute over WhatsApp Web is soon banned.
    defaultLimits: { perSecond: 1, maxInFlight: 4 },
  }),
};

function capabilitiesOf(settings: GatewaySettings): ProviderCapabilities {
  const mapping = mappingOf(settings);
  return {
    echoesCorrelation: mapping.webhook.correlation.length > 0,
    canLookUp: false,
    // What such services post they post once.
    webhookRetryMs: 0,
    hasServiceWindow: false,
    keepsSession: keepsSession(mapping),
    signsWebhooks: settings.webhookToken !== undefined,
  };
}

/** Where a webhook came to no channel's own address there are no settings: then the common shapes hold. */
function webhookMapping(settings: Readonly<Record<string, unknown>>): WebhookMapping {
  const { preset, webhook } = gatewaySettings(settings);
  return mergedMapping({ ...(webhook !== undefined && { webhook }) }, preset).webhook;
}

/** JSON, or the form that some services post instead. Throws UnreadableBodyError. */
function bodyOf(delivery: WebhookDelivery): unknown {
  return delivery.contentType === 'application/x-www-form-urlencoded'
    ? Object.fromEntries(new URLSearchParams(delivery.body.toString('utf8')))
    : readJsonBody(delivery);
}

/** Settings come unsealed from the row, where only what readGatewaySettings made is ever put. */
function gatewaySettings(settings: Readonly<Record<string, unknown>>): GatewaySettings {
  return settings as unknown as GatewaySettings;
}
