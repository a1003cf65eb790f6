import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../common/domain-error.js';
import { surroundingsOf } from '../../../../test/support/provider-surroundings.js';
import { twilio } from './twilio-provider.js';

const SID = '0123456789abcdef0123456789ABCDEF';
const RIGHT = { accountSid: `AC${SID}`, authToken: 'the-token', from: '+14155238886' };

const provider = twilio.make(surroundingsOf({ CAUDAL_PUBLIC_URL: 'https://caudal.example.com' }));

function errorsOf(settings: unknown): Record<string, string> {
  try {
    provider.parseSettings(settings);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'invalid') {
      return Object.fromEntries((error.details.errors ?? []).map(({ pointer, detail }) => [pointer, detail]));
    }
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('the settings of a Twilio channel', () => {
  it('fill in the addresses and take a sender as the Console shows it', () => {
    expect(provider.parseSettings({ ...RIGHT, from: 'whatsapp:+14155238886' })).toEqual({
      ...RIGHT,
      baseUrl: 'https://api.twilio.com',
      contentBaseUrl: 'https://content.twilio.com',
      messagingBaseUrl: 'https://messaging.twilio.com',
    });
  });

  it('name the sender, or the service that picks one', () => {
    const { from: _from, ...rest } = RIGHT;
    const byService = provider.parseSettings({ ...rest, messagingServiceSid: `MG${SID}` });
    expect(provider.accountRef(byService)).toBe(`MG${SID}`);
    expect(provider.accountRef(provider.parseSettings(RIGHT))).toBe('+14155238886');
  });

  it('need exactly one of the two', () => {
    const { from: _from, ...rest } = RIGHT;
    expect(errorsOf(rest)).toEqual({
      '/settings/from': expect.stringContaining('or messagingServiceSid') as string,
    });
    expect(errorsOf({ ...RIGHT, messagingServiceSid: `MG${SID}` })).toEqual({
      '/settings/from': expect.stringContaining('set one of them') as string,
    });
  });

  it('take an API key whole or not at all', () => {
    const key = { apiKeySid: `SK${SID}`, apiKeySecret: 'the-secret' };
    expect(provider.parseSettings({ ...RIGHT, ...key })).toMatchObject(key);
    expect(errorsOf({ ...RIGHT, apiKeySid: `SK${SID}` })).toHaveProperty('/settings/apiKeySecret');
    expect(errorsOf({ ...RIGHT, apiKeySecret: 'x' })).toHaveProperty('/settings/apiKeySid');
  });

  it('name everything that is missing, and where to find it', () => {
    const errors = errorsOf({});
    expect(Object.keys(errors)).toEqual(['/settings/accountSid', '/settings/authToken', '/settings/from']);
    expect(errors['/settings/authToken']).toContain('Twilio Console');
  });

  it.each([
    ['accountSid', 'AC123'],
    ['accountSid', `SK${SID}`],
    ['apiKeySid', `AC${SID}`],
    ['messagingServiceSid', 'MG'],
    ['from', '4155238886'],
    ['from', 'sms:+14155238886'],
    ['validitySeconds', 0],
    ['validitySeconds', 36_001],
    ['validitySeconds', 1.5],
  ])('refuse a wrong %s (%s) once, and show it', (name, value) => {
    const errors = errorsOf({ ...RIGHT, [name]: value });
    expect(errors[`/settings/${name}`]).toContain(JSON.stringify(value));
  });

  it('never repeat a secret in an error', () => {
    const errors = errorsOf({ ...RIGHT, authToken: 'a secret text', apiKeySecret: 7_311_337 });
    expect(JSON.stringify(errors)).not.toMatch(/a secret text|7311337/);
  });

  it.each(['baseUrl', 'contentBaseUrl', 'messagingBaseUrl'])('judge where %s leads', (name) => {
    expect(errorsOf({ ...RIGHT, [name]: 'https://192.168.1.4' })).toHaveProperty(`/settings/${name}`);
    expect(provider.parseSettings({ ...RIGHT, [name]: 'https://twilio.example.com/' })).toMatchObject({
      [name]: 'https://twilio.example.com',
    });
  });
});

describe('what a Twilio channel can promise', () => {
  const settings = provider.parseSettings(RIGHT);

  it('is the echo of our id where Twilio can reach our address', () => {
    expect(provider.capabilitiesOf(settings)).toMatchObject({ echoesCorrelation: true, signsWebhooks: true });
  });

  it.each<Readonly<Record<string, string>>>([
    {},
    { CAUDAL_PUBLIC_URL: 'http://127.0.0.1:3000' },
    { CAUDAL_PUBLIC_URL: 'https://10.0.0.4' },
  ])('is no echo where it cannot: %j', (env) => {
    expect(twilio.make(surroundingsOf(env)).capabilitiesOf(settings).echoesCorrelation).toBe(false);
  });

  it('begins at limits that every sender has', () => {
    expect(provider.defaultLimits).toEqual({
      perSecond: 10,
      perMinute: 600,
      perHour: 36_000,
      maxInFlight: 50,
    });
  });
});
