import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/load-config.js';
import { AddressPolicy } from '../../address-policy.js';
import { readWahaSettings } from './waha-settings.js';

const ADDRESSES = new AddressPolicy(loadConfig({ CAUDAL_PRIVATE_HOSTS: 'waha.internal' }));
const RIGHT = { baseUrl: 'https://waha.example.com/', apiKey: 'k-1' };

function read(settings: object) {
  return readWahaSettings(settings, ADDRESSES);
}

describe('the settings of waha', () => {
  it('need an address and a key; the session is "default" unless named', () => {
    expect(read(RIGHT)).toEqual({
      baseUrl: 'https://waha.example.com',
      apiKey: 'k-1',
      session: 'default',
      hmacKey: undefined,
      checkNumbers: undefined,
    });
    expect(() => read({})).toThrow(/baseUrl is missing.*apiKey is missing.*WAHA_API_KEY/);
  });

  it('may lead to a listed host of the own network without TLS', () => {
    expect(read({ ...RIGHT, baseUrl: 'http://waha.internal:3000' }).baseUrl).toBe(
      'http://waha.internal:3000',
    );
    expect(() => read({ ...RIGHT, baseUrl: 'http://waha.example.com' })).toThrow(/https/);
    expect(() => read({ ...RIGHT, baseUrl: 'http://169.254.169.254' })).toThrow(/no channel may reach/);
  });

  it('name the address without /api', () => {
    expect(() => read({ ...RIGHT, baseUrl: 'https://waha.example.com/api' })).toThrow(
      /without|not end in \/api/,
    );
  });

  it('never repeat a secret in an error', () => {
    const bad = { ...RIGHT, apiKey: 'hush hush', hmacKey: 'quiet' };
    expect(() => read(bad)).toThrow(/apiKey must be.*hmacKey must be/);
    expect(() => read(bad)).not.toThrow(/hush|quiet/);
  });

  it('take no session that could leave its place in a path', () => {
    expect(() => read({ ...RIGHT, session: '../default' })).toThrow(/session/);
  });
});
