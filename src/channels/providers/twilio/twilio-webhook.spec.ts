import { describe, expect, it } from 'vitest';
import { UnreadableBodyError, type WebhookDelivery } from '../webhook-delivery.js';
import type { TwilioSettings } from './twilio-settings.js';
import { parseTwilioWebhook } from './twilio-webhook.js';

const SM = 'SM0123456789abcdef0123456789abcdef';
const MM = 'MM0123456789abcdef0123456789abcdef';
const MG = 'MG0123456789abcdef0123456789abcdef';
const NOW = new Date('2026-05-04T10:00:00Z');
const FORM = 'application/x-www-form-urlencoded';

function delivery(form: Record<string, string>, query = ''): WebhookDelivery {
  return {
    body: Buffer.from(new URLSearchParams(form).toString()),
    contentType: FORM,
    query,
    receivedAt: NOW,
  };
}

function parse(form: Record<string, string>, query = '', settings: Partial<TwilioSettings> = {}) {
  return parseTwilioWebhook(delivery(form, query), settings);
}

function status(more: Record<string, string> = {}): Record<string, string> {
  return {
    ChannelPrefix: 'whatsapp',
    ChannelToAddress: '+521551234XXXX',
    SmsSid: SM,
    SmsStatus: 'delivered',
    MessageStatus: 'delivered',
    MessageSid: SM,
    To: 'whatsapp:+5215512345678',
    From: 'whatsapp:+14155238886',
    AccountSid: 'AC1',
    EventType: 'DELIVERED',
    ApiVersion: '2010-04-01',
    ...more,
  };
}

function inbound(more: Record<string, string> = {}): Record<string, string> {
  return {
    SmsMessageSid: SM,
    NumMedia: '0',
    ProfileName: 'Ana Ñ',
    MessageType: 'text',
    SmsSid: SM,
    WaId: '5215512345678',
    SmsStatus: 'received',
    Body: 'Hola',
    To: 'whatsapp:+14155238886',
    MessageSid: SM,
    AccountSid: 'AC1',
    From: 'whatsapp:+5215512345678',
    ApiVersion: '2010-04-01',
    ...more,
  };
}

function bodyOf(more: Record<string, string>): unknown {
  const element = parse(inbound(more))[0]!;
  return element.kind === 'inbound' ? element.message.body : element;
}

describe('a status of Twilio', () => {
  it('is in our words, with our id from the address that was called', () => {
    expect(parse(status(), 'c=12:7:1')).toEqual([
      {
        kind: 'status',
        element: 0,
        accountRef: '+14155238886',
        providerId: SM,
        correlationId: '12:7:1',
        status: 'delivered',
        at: NOW,
      },
    ]);
    expect(parse(status(), 'c=12%3A7%3A1')[0]).toMatchObject({ correlationId: '12:7:1' });
    expect(parse(status(), '')[0]).toMatchObject({ correlationId: null });
  });

  it.each([
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['partially_delivered', 'delivered'],
    ['read', 'read'],
    ['undelivered', 'failed'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
  ])('reads %s as %s', (said, ours) => {
    expect(parse(status({ MessageStatus: said }))[0]).toMatchObject({ kind: 'status', status: ours });
  });

  it.each(['queued', 'accepted', 'sending', 'scheduled', 'something_new', 'constructor', '<b>'])(
    'leaves the word %s be',
    (said) => {
      expect(parse(status({ MessageStatus: said }))[0]).toMatchObject({ kind: 'ignored' });
    },
  );

  it('says why a message failed, and whom to write to no more', () => {
    const failed = { MessageStatus: 'undelivered', ErrorCode: '63024' };
    expect(parse(status(failed))[0]).toMatchObject({
      code: '63024',
      reason: 'The number is not on WhatsApp, has an old version, or has not accepted its terms.',
    });
    expect(parse(status(failed))[0]).not.toHaveProperty('suppress');
    expect(parse(status({ ...failed, ErrorCode: '63033' }))[0]).toMatchObject({ suppress: true });
    const unknown = { ...failed, ErrorCode: '99999', ErrorMessage: 'Not for +5215512345678' };
    expect(parse(status(unknown))[0]).toMatchObject({ code: '99999', reason: 'Twilio: Not for +…' });
    expect(parse(status({ MessageStatus: 'failed' }))[0]).toMatchObject({
      code: 'failed',
      reason: 'Twilio says that the message is failed, and not why.',
    });
  });

  it('is about the sender or the service that the body names', () => {
    expect(parse(status(), '', { from: '+14155238886' })[0]).toMatchObject({ accountRef: '+14155238886' });
    const other = { From: 'whatsapp:+14150000000' };
    expect(parse(status(other), '', { from: '+14155238886' })[0]).toMatchObject({
      accountRef: '+14150000000',
    });
    const service = { messagingServiceSid: MG };
    expect(parse(status({ MessagingServiceSid: MG }), '', service)[0]).toMatchObject({ accountRef: MG });
    // A service that leaves inbound messages to its senders does not name itself.
    expect(parse(inbound(), '', service)[0]).toMatchObject({ accountRef: MG });
  });

  it.each([
    ['', 'MessageStatus'],
    ['MessageStatus=sent', 'MessageSid'],
    ['MessageStatus=sent&MessageSid=7', 'MessageSid'],
    [`MessageSid=${SM}`, 'MessageStatus'],
    ['\ufffd%%%=', 'MessageStatus'],
  ])('that cannot be read (%s) is reported, not thrown', (body, missing) => {
    const elements = parseTwilioWebhook(
      { body: Buffer.from(body), contentType: FORM, query: '', receivedAt: NOW },
      {},
    );
    expect(elements).toEqual([
      { kind: 'unreadable', element: 0, reason: expect.stringContaining(missing) as string },
    ]);
  });

  it('in a body of another type is not one of Twilio', () => {
    const json = { body: Buffer.from('{}'), contentType: 'application/json', query: '', receivedAt: NOW };
    expect(() => parseTwilioWebhook(json, {})).toThrow(UnreadableBodyError);
  });
});

describe('a message that somebody wrote to a Twilio sender', () => {
  it('is in our words', () => {
    expect(parse(inbound({ Forwarded: 'true', OriginalRepliedMessageSid: MM }))).toEqual([
      {
        kind: 'inbound',
        element: 0,
        accountRef: '+14155238886',
        message: {
          providerId: SM,
          phone: '+525512345678',
          userId: null,
          alias: '5215512345678',
          profileName: 'Ana Ñ',
          at: NOW,
          body: { type: 'text', text: 'Hola' },
          replyTo: MM,
          isForwarded: true,
        },
      },
    ]);
  });

  it('may come from a person who hides the number, or who has an id beside it', () => {
    const hidden = parse(
      inbound({ From: 'whatsapp:MX.1234567', WaId: '', ExternalUserId: 'whatsapp:MX.1234567' }),
    );
    expect(hidden[0]).toMatchObject({ message: { phone: null, userId: 'MX.1234567', alias: null } });
    expect(parse(inbound({ From: 'whatsapp:MX.77', WaId: '' }))[0]).toMatchObject({
      message: { phone: null, userId: 'MX.77' },
    });
    expect(parse(inbound({ ExternalUserId: 'whatsapp:MX.77' }))[0]).toMatchObject({
      message: { phone: '+525512345678', userId: 'MX.77' },
    });
    expect(parse(inbound({ From: 'whatsapp:<b>' }))[0]).toMatchObject({ kind: 'unreadable' });
  });

  const FILE = {
    MediaUrl0: `https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/${MM}/Media/ME1`,
    NumMedia: '1',
  };

  it.each([
    ['image', 'image/jpeg', 'image'],
    ['', 'image/jpeg', 'image'],
    ['video', 'video/mp4', 'video'],
    ['audio', 'audio/ogg', 'audio'],
    ['sticker', 'image/webp', 'sticker'],
    ['document', 'application/pdf', 'document'],
    ['', 'application/pdf', 'document'],
  ])('of type "%s" with %s is a file of type %s', (MessageType, MediaContentType0, type) => {
    expect(bodyOf({ ...FILE, MessageType, MediaContentType0, Body: 'Mira' })).toEqual({
      type: 'media',
      media: { type, ref: FILE.MediaUrl0, mimeType: MediaContentType0, fileName: null },
      caption: 'Mira',
    });
  });

  it('may be a contact, which Twilio gives as a file', () => {
    expect(bodyOf({ ...FILE, MessageType: 'contacts', MediaContentType0: 'text/vcard', Body: '' })).toEqual({
      type: 'media',
      media: { type: 'document', ref: FILE.MediaUrl0, mimeType: 'text/vcard', fileName: 'contact.vcf' },
      caption: null,
    });
  });

  it('may be a place', () => {
    const place = { MessageType: 'location', Latitude: '25.018766', Longitude: '-77.39', Body: '' };
    expect(bodyOf({ ...place, Label: 'Café', Address: 'Calle 1' })).toEqual({
      type: 'location',
      latitude: 25.018766,
      longitude: -77.39,
      name: 'Café',
      address: 'Calle 1',
    });
    expect(bodyOf({ ...place, Latitude: 'x' })).toMatchObject({ type: 'unknown', what: 'location' });
    expect(bodyOf({ ...place, Latitude: '91' })).toMatchObject({ type: 'unknown' });
  });

  it.each([
    [
      { MessageType: 'button', ButtonText: 'Sí', ButtonPayload: 'yes-7', Body: 'Sí' },
      'button',
      'Sí',
      'yes-7',
    ],
    [{ MessageType: 'button', ButtonText: 'Sí', Body: 'Sí' }, 'button', 'Sí', null],
    [{ MessageType: 'interactive', ListId: 'row-1', ListTitle: 'Uno', Body: 'Uno' }, 'list', 'Uno', 'row-1'],
    [{ MessageType: 'interactive', InteractiveData: '{"a":1}', Body: '' }, 'flow', '', '{"a":1}'],
  ])('may be an answer: %j', (form, source, text, payload) => {
    expect(bodyOf(form)).toEqual({ type: 'reply', source, text, payload });
  });

  it('may be a reaction', () => {
    const reaction = { MessageType: 'reaction', Body: '👍', OriginalRepliedMessageSid: MM };
    expect(bodyOf(reaction)).toEqual({ type: 'reaction', emoji: '👍', toProviderId: MM });
  });

  it('may come from an advertisement, and need not say that it was received', () => {
    const referral = { ReferralSourceType: 'ad', ReferralSourceId: '7', ReferralCtwaClid: 'clid' };
    expect(parse(inbound({ ...referral, SmsStatus: '' }))[0]).toMatchObject({
      kind: 'inbound',
      message: {
        referral: { sourceType: 'ad', sourceId: '7', sourceUrl: null, headline: null, clickId: 'clid' },
      },
    });
  });

  it('keeps what it does not know as it came', () => {
    const form = { MessageType: 'order', Body: '', ChannelMetadata: '{"type":"whatsapp"}' };
    expect(bodyOf(form)).toMatchObject({
      type: 'unknown',
      what: 'order',
      raw: { MessageType: 'order', ChannelMetadata: { type: 'whatsapp' } },
    });
  });

  it('tells what the person wants where Twilio keeps opt-outs itself', () => {
    expect(parse(inbound({ OptOutType: 'STOP', Body: 'STOP' }))).toMatchObject([
      { kind: 'inbound' },
      {
        kind: 'preference',
        element: 1,
        person: '+525512345678',
        category: 'marketing',
        wants: 'stop',
        at: NOW,
      },
    ]);
    expect(parse(inbound({ OptOutType: 'START' }))[1]).toMatchObject({ wants: 'resume' });
    expect(parse(inbound({ OptOutType: 'HELP' }))).toHaveLength(1);
  });
});
