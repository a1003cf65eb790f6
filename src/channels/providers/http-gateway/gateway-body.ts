import type { CommonContent } from '../message-content.js';
import type { OutboundMessage } from '../provider.js';
import { fillerOf, type BodyTemplate, type TemplateValues } from './body-template.js';
import type { RecipientForm, Scalar, SendMapping } from './gateway-mapping.js';

export type BodyWriter = (message: OutboundMessage, content: CommonContent) => string;

/** Everything that is the same for each message is decided here, once for a channel. */
export function bodyWriter(
  template: BodyTemplate,
  { encoding, recipient: form }: Pick<SendMapping, 'encoding' | 'recipient'>,
  added: Readonly<Record<string, Scalar>>,
): BodyWriter {
  const fill = fillerOf(template);
  const encode = encoding === 'form' ? formOf : JSON.stringify;
  // Added members are no templates: a password may hold braces.
  return (message, content) => encode({ ...fill(valuesOf(message, content, form)), ...added });
}

function valuesOf(
  { recipient, correlationId }: OutboundMessage,
  content: CommonContent,
  form: RecipientForm,
): TemplateValues {
  const values = { recipient: written(recipient, form), correlationId, type: content.type };
  switch (content.type) {
    case 'text':
      return { ...values, text: content.text, replyTo: content.replyTo };
    case 'template':
      return values;
    default: {
      const { url, caption, fileName, replyTo } = content;
      return { ...values, url, caption, text: caption, fileName, replyTo };
    }
  }
}

function written(recipient: string, form: RecipientForm): string {
  const digits = recipient.startsWith('+') ? recipient.slice(1) : recipient;
  switch (form) {
    case 'plus':
      return recipient;
    case 'digits':
      return digits;
    case 'c.us':
    case 's.whatsapp.net':
      return `${digits}@${form}`;
  }
}

function formOf(members: Readonly<Record<string, unknown>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null) continue;
    form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return form.toString();
}
