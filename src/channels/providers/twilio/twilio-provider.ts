import type { ChannelLimits } from '../../channel-limits.js';
import { contentFault } from '../content-fault.js';
import type { MessageContent } from '../message-content.js';
import type { ProviderRegistration } from '../provider-registration.js';
import type { ProviderCapabilities } from '../provider.js';
import { CALLBACK_RETRY_MS, isReachable } from './twilio-callback.js';
import { TwilioClient } from './twilio-client.js';
import { readTwilioSettings, TWILIO_SECRET_SETTINGS, type TwilioSettings } from './twilio-settings.js';
import { isSignedByTwilio } from './twilio-signature.js';
import { isContentSid, NAME_FAULT } from './twilio-template.js';
import { parseTwilioWebhook } from './twilio-webhook.js';

const CAPABILITIES: Omit<ProviderCapabilities, 'echoesCorrelation'> = {
  canLookUp: true,
  webhookRetryMs: CALLBACK_RETRY_MS,
  hasServiceWindow: true,
  keepsSession: false,
  signsWebhooks: true,
};

/**
 * Twilio takes what comes faster than the sender's rate into a queue of four hours, where nothing can pause it any more:
 * a pace that every account keeps up with is the better beginning.
 */
const DEFAULT_LIMITS: ChannelLimits = { perSecond: 10, perMinute: 600, perHour: 36_000, maxInFlight: 50 };

/** WhatsApp over Twilio's Programmable Messaging. */
export const twilio: ProviderRegistration = {
  name: 'twilio',
  make: ({ addresses, publicAddress }) => ({
    name: 'twilio',
    // Our id comes back in the address of the callback alone, so only where there is one.
    capabilitiesOf: (settings) => ({
      ...CAPABILITIES,
      echoesCorrelation: isReachable(publicAddress.get(), twilioSettings(settings).baseUrl),
    }),
    secretSettings: TWILIO_SECRET_SETTINGS,
    parseSettings: (input) => ({ ...readTwilioSettings(input, addresses) }),
    accountRef: (settings) =>
      twilioSettings(settings).from ?? twilioSettings(settings).messagingServiceSid ?? null,
    open: ({ channelId, settings, maxOpenCalls }) =>
      new TwilioClient({
        channelId,
        settings: twilioSettings(settings),
        maxOpenCalls,
        gate: addresses,
        publicUrl: publicAddress.get(),
      }),
    verifyWebhook: (proof, settings) => isSignedByTwilio(twilioSettings(settings).authToken ?? '', proof),
    parseWebhook: (delivery, settings) => parseTwilioWebhook(delivery, twilioSettings(settings)),
    contentFault: twilioContentFault,
    // What somebody wrote says how many files it holds, and that it was received; a status says neither.
    urgentMarks: ['NumMedia=', '=received'],
    // Of a message it expects TwiML, and warns of anything else in its debugger; this one says nothing back.
    webhookAnswer: { contentType: 'text/xml', body: '<Response/>' },
    defaultLimits: DEFAULT_LIMITS,
  }),
};

function twilioContentFault(content: MessageContent): string | undefined {
  const fault = contentFault({ name: 'twilio' }, content);
  if (fault !== undefined || content.type !== 'template') return fault;
  return isContentSid(content.name) ? undefined : NAME_FAULT;
}

/** Settings come unsealed from the row, where only what readTwilioSettings made is ever put. */
function twilioSettings(settings: Readonly<Record<string, unknown>>): TwilioSettings {
  return settings as unknown as TwilioSettings;
}
