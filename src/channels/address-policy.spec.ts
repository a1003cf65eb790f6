import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.js';
import { AddressPolicy } from './address-policy.js';
import { classOfAddress, classOfHost } from './address-rules.js';

const SERVER = {
  DATABASE_URL: 'postgres://x/y',
  REDIS_URL: 'redis://x',
  CAUDAL_MASTER_KEY: 'k'.repeat(32),
  CAUDAL_ADMIN_KEY: 'a'.repeat(24),
};

function policy(environment: Record<string, string> = {}): AddressPolicy {
  return new AddressPolicy(loadConfig(environment));
}

function resolved(addresses: AddressPolicy, host: string): Promise<string | Error> {
  return new Promise((resolve) => {
    addresses.lookup(host, { all: true }, (error, found) => resolve(error ?? JSON.stringify(found)));
  });
}

describe('an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
    ['64:ff9b::7f00:1', 'private'],
    ['2002:7f00:1::', 'private'],
    ['::ffff:192.168.0.1', 'private'],
    ['0.0.0.0', 'never'],
    ['::', 'never'],
    ['169.254.169.254', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['fe80::1', 'never'],
    ['fd00:ec2::254', 'never'],
    ['100.100.100.200', 'never'],
    ['224.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
  ])('%s is %s', (address, addressClass) => {
    expect(classOfAddress(address)).toBe(addressClass);
  });

  it('shows in a host name only where it is written there', () => {
    expect(classOfHost('[::1]')).toBe('loopback');
    expect(classOfHost('LOCALHOST.')).toBe('loopback');
    expect(classOfHost('Metadata.Google.Internal')).toBe('never');
    expect(classOfHost('graph.facebook.com')).toBeUndefined();
  });
});

describe('where a channel may lead', () => {
  it('is loopback in embedded mode and not on a server', () => {
    expect(policy().faultOf('http://127.0.0.1:3911')).toBeUndefined();
    expect(policy(SERVER).faultOf('http://127.0.0.1:3911')).toContain('CAUDAL_PRIVATE_HOSTS');
    expect(
      policy({ ...SERVER, CAUDAL_PRIVATE_HOSTS: 'localhost' }).faultOf('http://localhost:3911'),
    ).toBeUndefined();
  });

  it('is judged again when a connection is made, by the addresses of the name', async () => {
    expect(await resolved(policy(), 'localhost')).toContain('127.0.0.1');
    expect(await resolved(policy(SERVER), 'localhost')).toMatchObject({ code: 'CAUDAL_ADDRESS_REFUSED' });
    expect(policy(SERVER).refusalOf('10.0.0.1')).toMatchObject({ code: 'CAUDAL_ADDRESS_REFUSED' });
    expect(policy(SERVER).refusalOf('graph.facebook.com')).toBeUndefined();
  });

  it('is never a metadata service, listed or not', () => {
    const listed = policy({ CAUDAL_PRIVATE_HOSTS: '169.254.169.254' });
    expect(listed.faultOf('http://169.254.169.254/')).toContain('no channel may reach');
    expect(listed.refusalOf('169.254.169.254')).toBeDefined();
  });

  it('is judged by what an odd way of writing an address means', () => {
    for (const url of [
      'https://2130706433',
      'https://0x7f.1',
      'https://0177.0.0.1',
      'https://[::ffff:7f00:1]',
    ]) {
      expect(policy(SERVER).faultOf(url)).toContain('private');
    }
  });
});
