import { describe, expect, it } from 'vitest';
import type { MessageContent, TemplateComponent } from '../message-content.js';
import { TwilioForms, type TwilioMessage } from './twilio-message.js';
import type { TwilioSettings } from './twilio-settings.js';

const CHANNEL = '00000000-0000-4000-8000-000000000001';
const PUBLIC_URL = 'https://caudal.example.com';
const CONTENT_SID = 'HX0123456789abcdef0123456789abcdef';
const SETTINGS: TwilioSettings = {
  baseUrl: 'https://api.twilio.com',
  contentBaseUrl: 'https://content.twilio.com',
  messagingBaseUrl: 'https://messaging.twilio.com',
  accountSid: 'AC',
  authToken: 'x',
  from: '+14155238886',
};

function written(
  content: MessageContent,
  over: Partial<TwilioSettings> = {},
  publicUrl: string | undefined = PUBLIC_URL,
  recipient = '+5215512345678',
): TwilioMessage {
  const forms = new TwilioForms({ ...SETTINGS, ...over }, publicUrl, CHANNEL);
  return forms.formOf({ recipient, content, correlationId: '12:7:1' });
}

function formOf(...args: Parameters<typeof written>): Record<string, string> {
  const message = written(...args);
  if (message.kind !== 'form') throw new Error(`it was refused: ${JSON.stringify(message.outcome)}`);
  return Object.fromEntries(new URLSearchParams(message.body));
}

function variablesOf(...components: TemplateComponent[]): unknown {
  const form = formOf({ type: 'template', name: CONTENT_SID, language: 'es', components });
  return JSON.parse(form['ContentVariables']!);
}

function refusalOf(content: MessageContent): string {
  const message = written(content);
  if (message.kind === 'form') throw new Error(`it was written: ${message.body}`);
  expect(message.outcome).toMatchObject({ kind: 'rejected', failureClass: 'permanent_message' });
  return (message.outcome as { reason: string }).reason;
}

describe('the form of a send', () => {
  it('of a text has the addresses of WhatsApp and a callback with our id', () => {
    expect(formOf({ type: 'text', text: 'Hola "Ñ" & 100 % +1\n👋' })).toEqual({
      To: 'whatsapp:+5215512345678',
      From: 'whatsapp:+14155238886',
      Body: 'Hola "Ñ" & 100 % +1\n👋',
      StatusCallback: `${PUBLIC_URL}/webhooks/${CHANNEL}?c=12%3A7%3A1#rc=5&rp=ct,rt,5xx`.replaceAll(
        '%3A',
        ':',
      ),
    });
  });

  it('names the service that picks the sender, and how long the message may wait', () => {
    const over = { from: undefined, messagingServiceSid: 'MG1', validitySeconds: 600 };
    const form = formOf({ type: 'text', text: 'Hola' }, over);
    expect(form).toMatchObject({ MessagingServiceSid: 'MG1', ValidityPeriod: '600' });
    expect(form).not.toHaveProperty('From');
  });

  it('has no callback where Twilio could not reach it, because it would refuse the message', () => {
    const text = { type: 'text', text: 'Hola' } as const;
    expect(formOf(text, {}, 'http://127.0.0.1:3000')).not.toHaveProperty('StatusCallback');
    const standIn = { baseUrl: 'http://127.0.0.1:4010' };
    expect(formOf(text, standIn, 'http://127.0.0.1:3000')).toHaveProperty('StatusCallback');
    const forms = new TwilioForms(SETTINGS, undefined, CHANNEL);
    expect(forms.formOf({ recipient: '+1', content: text, correlationId: '1:1:1' })).toEqual({
      kind: 'form',
      body: 'To=whatsapp%3A%2B1&From=whatsapp%3A%2B14155238886&Body=Hola',
    });
  });

  it('goes to a person without a number as well', () => {
    expect(formOf({ type: 'text', text: 'x' }, {}, PUBLIC_URL, 'MX.123')['To']).toBe('whatsapp:MX.123');
  });

  it('of a file has one address and its caption as the text, which audio has none of', () => {
    const file = { url: 'https://cdn.example.com/t ñ.pdf?a=1&b=2', caption: 'Tu boleto' };
    const wanted = { MediaUrl: file.url, Body: file.caption };
    expect(formOf({ type: 'document', ...file, fileName: 't.pdf' })).toMatchObject(wanted);
    expect(formOf({ type: 'image', ...file })).toMatchObject(wanted);
    expect(formOf({ type: 'video', url: file.url })).not.toHaveProperty('Body');
    expect(formOf({ type: 'audio', ...file })).not.toHaveProperty('Body');
  });

  it('takes half of an emoji for what it is', () => {
    expect(formOf({ type: 'text', text: 'a\ud83d' })['Body']).toBe('a\ufffd');
  });

  it('refuses what Twilio has no form for', () => {
    expect(refusalOf({ type: 'image', mediaId: '1' })).toContain('mediaId');
    expect(refusalOf({ type: 'interactive', interactive: { type: 'button' } })).toContain('interactive');
  });
});

describe('a template', () => {
  it('is a ContentSid and, where it has any, its variables', () => {
    const form = formOf({ type: 'template', name: CONTENT_SID, language: 'es' });
    expect(form).toMatchObject({ ContentSid: CONTENT_SID });
    for (const name of ['ContentVariables', 'Body', 'MediaUrl']) expect(form).not.toHaveProperty(name);
  });

  it('numbers the parameters of its body', () => {
    const parameters = [
      { type: 'text', text: 'Ana "la 1ª"' },
      { type: 'text', text: '12 %' },
    ];
    expect(variablesOf({ type: 'body', parameters })).toEqual({ 1: 'Ana "la 1ª"', 2: '12 %' });
    expect(variablesOf({ type: 'BODY', parameters })).toEqual({ 1: 'Ana "la 1ª"', 2: '12 %' });
  });

  it('calls named parameters by their names, wherever they stand', () => {
    expect(
      variablesOf(
        {
          type: 'header',
          parameters: [{ type: 'image', parameter_name: '3', image: { link: 'https://a/b.png' } }],
        },
        { type: 'body', parameters: [{ type: 'text', parameter_name: 'nombre', text: 'Ana' }] },
        {
          type: 'button',
          sub_type: 'url',
          index: '0',
          parameters: [{ type: 'text', parameter_name: '4', text: 'x1' }],
        },
      ),
    ).toEqual({ 3: 'https://a/b.png', nombre: 'Ana', 4: 'x1' });
  });

  it('takes amounts as they are to be read, and what stands behind a button', () => {
    const amount = {
      type: 'currency',
      currency: { fallback_value: '$10', code: 'MXN', amount_1000: 10_000 },
    };
    const payload = { type: 'payload', parameter_name: 'id', payload: 'BAJA' };
    expect(
      variablesOf(
        { type: 'body', parameters: [amount] },
        { type: 'button', sub_type: 'quick_reply', index: '0', parameters: [payload] },
      ),
    ).toEqual({ 1: '$10', id: 'BAJA' });
  });

  it.each<[string, readonly TemplateComponent[]]>([
    ['no parameter_name', [{ type: 'header', parameters: [{ type: 'text', text: 'x' }] }]],
    [
      'neither a text nor a file',
      [{ type: 'body', parameters: [{ type: 'location', location: { latitude: 1 } }] }],
    ],
    ['is empty', [{ type: 'body', parameters: [{ type: 'text', text: ' ' }] }]],
    ['not a list', [{ type: 'body', parameters: 'x' }]],
    [
      'given twice',
      [
        { type: 'body', parameters: [{ type: 'text', text: 'a' }] },
        { type: 'header', parameters: [{ type: 'text', parameter_name: '1', text: 'b' }] },
      ],
    ],
    [
      'at most 100',
      [{ type: 'body', parameters: Array.from({ length: 101 }, () => ({ type: 'text', text: 'a' })) }],
    ],
  ])('is refused, and not sent, where Twilio could not take it: %s', (why, components) => {
    expect(refusalOf({ type: 'template', name: CONTENT_SID, language: 'es', components })).toContain(why);
  });

  it('is refused under any name but a ContentSid', () => {
    expect(refusalOf({ type: 'template', name: 'aviso', language: 'es' })).toContain('ContentSid');
  });
});
