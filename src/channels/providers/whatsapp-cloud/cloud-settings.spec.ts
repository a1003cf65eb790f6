import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../common/domain-error.js';
import { surroundingsOf } from '../../../../test/support/provider-surroundings.js';
import { whatsAppCloud } from './cloud-provider.js';

const provider = whatsAppCloud.make(surroundingsOf({ CAUDAL_PRIVATE_HOSTS: 'proxy.internal,10.0.0.9' }));
const RIGHT = { phoneNumberId: '106540352242922', accessToken: 'EAAGsecret' };

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

describe('the settings of a Cloud API channel', () => {
  it('fill in the address and the version', () => {
    expect(provider.parseSettings(RIGHT)).toMatchObject({
      baseUrl: 'https://graph.facebook.com',
      apiVersion: 'v23.0',
      ...RIGHT,
    });
    expect(provider.accountRef(provider.parseSettings(RIGHT))).toBe('106540352242922');
  });

  it('name everything that is missing, and where to find it', () => {
    const errors = errorsOf({});
    expect(Object.keys(errors)).toEqual(['/settings/phoneNumberId', '/settings/accessToken']);
    expect(errors['/settings/phoneNumberId']).toContain('WhatsApp > API Setup');
  });

  it('never repeat a secret in an error', () => {
    const errors = errorsOf({ ...RIGHT, accessToken: 'EAAG with spaces', appSecret: 7_311_337 });
    expect(Object.keys(errors)).toEqual(['/settings/accessToken', '/settings/appSecret']);
    expect(JSON.stringify(errors)).not.toMatch(/EAAG with|7311337/);
  });

  it.each([
    ['phoneNumberId', '+52 55 1234'],
    ['apiVersion', '23'],
    ['wabaId', 'x'],
  ])('refuse a wrong %s and show it', (name, value) => {
    const errors = errorsOf({ ...RIGHT, [name]: value });
    expect(errors[`/settings/${name}`]).toContain(JSON.stringify(value));
  });

  it('refuse a misspelt name and list the right ones', () => {
    expect(errorsOf({ ...RIGHT, acessToken: 'x' })['/settings/acessToken']).toContain('accessToken');
  });

  it.each([undefined, null, 'x', []])('refuse %s in place of settings', (input) => {
    expect(errorsOf(input)).toHaveProperty('/settings');
  });

  it.each([
    'graph.facebook.com',
    'ftp://graph.facebook.com',
    'http://graph.example.com',
    'https://user:pass@graph.example.com',
    'https://graph.example.com?x=1',
    'https://192.168.1.4',
    'https://[::ffff:10.0.0.1]',
    'http://169.254.169.254',
    'https://metadata.google.internal',
  ])('refuse the base URL %s', (baseUrl) => {
    expect(errorsOf({ ...RIGHT, baseUrl })).toHaveProperty('/settings/baseUrl');
  });

  it.each([
    'https://waba.example.com/',
    'http://proxy.internal:8080',
    'https://10.0.0.9/graph',
    'http://127.0.0.1:3911',
  ])('take the base URL %s', (baseUrl) => {
    expect(provider.parseSettings({ ...RIGHT, baseUrl })).toMatchObject({
      baseUrl: baseUrl.replace(/\/$/, ''),
    });
  });
});
