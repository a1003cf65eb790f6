import { isCommonContent, type CommonContent } from '../message-content.js';
import type { OutboundMessage } from '../provider.js';
import type { SendOutcome } from '../send-outcome.js';
import { unsupportedContent } from '../content-fault.js';
import { statusCallbackAround } from './twilio-callback.js';
import type { TwilioSettings } from './twilio-settings.js';
import { twilioTemplate } from './twilio-template.js';

export type TwilioMessage =
  | { readonly kind: 'form'; readonly body: string }
  /** Not sent, because Twilio could only refuse it. */
  | { readonly kind: 'refused'; readonly outcome: SendOutcome };

/** Writes the bodies of POST …/Messages.json. What is the same for all of them is encoded once. */
export class TwilioForms {
  private readonly sender: string;
  private readonly callback: readonly [before: string, after: string] | undefined;

  constructor(settings: TwilioSettings, publicUrl: string | undefined, channelId: string) {
    const { from, messagingServiceSid, validitySeconds, baseUrl } = settings;
    this.sender =
      (messagingServiceSid === undefined
        ? `&From=${encodeURIComponent(`whatsapp:${from}`)}`
        : `&MessagingServiceSid=${messagingServiceSid}`) +
      (validitySeconds === undefined ? '' : `&ValidityPeriod=${validitySeconds}`);
    this.callback = statusCallbackAround(publicUrl, baseUrl, channelId);
  }

  formOf({ recipient, content, correlationId }: OutboundMessage): TwilioMessage {
    if (!isCommonContent(content)) return { kind: 'refused', outcome: unsupportedContent('twilio', content) };
    const payload = payloadOf(content);
    if (typeof payload !== 'string') return payload;
    const body = `To=whatsapp%3A${encoded(recipient)}${this.sender}${payload}`;
    if (this.callback === undefined) return { kind: 'form', body };
    const [before, after] = this.callback;
    return { kind: 'form', body: `${body}&StatusCallback=${before}${encoded(correlationId)}${after}` };
  }
}

function payloadOf(content: CommonContent): string | TwilioMessage {
  switch (content.type) {
    case 'text':
      return `&Body=${encoded(content.text)}`;
    case 'template': {
      const template = twilioTemplate(content);
      if (!template.ok) return refused(template.fault);
      const { contentSid, variables } = template;
      return `&ContentSid=${contentSid}${variables === undefined ? '' : `&ContentVariables=${encoded(variables)}`}`;
    }
    default: {
      // WhatsApp shows no caption on audio; Twilio has no parameter for a file's name.
      const caption = content.type === 'audio' ? undefined : content.caption;
      return `&MediaUrl=${encoded(content.url)}${caption === undefined ? '' : `&Body=${encoded(caption)}`}`;
    }
  }
}

function refused(fault: string): TwilioMessage {
  const reason = `${fault[0]!.toUpperCase()}${fault.slice(1)}.`;
  const outcome = {
    kind: 'rejected',
    failureClass: 'permanent_message',
    code: 'bad_content',
    reason,
  } as const;
  return { kind: 'refused', outcome };
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half of a surrogate pair, which a text that was cut may end with, is no character.
    return encodeURIComponent(Buffer.from(text).toString());
  }
}
