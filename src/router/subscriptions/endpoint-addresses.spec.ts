import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.js';
import { EndpointAddresses } from './endpoint-addresses.js';

function resolved(addresses: EndpointAddresses, host: string): Promise<string> {
  return new Promise((resolve) => {
    addresses.lookup(host, { all: true }, (error) =>
      resolve(error === null ? 'let through' : (error.code ?? '')),
    );
  });
}

describe('the addresses of endpoints', () => {
  const strict = new EndpointAddresses(loadConfig({}));
  const listing = new EndpointAddresses(
    loadConfig({ CAUDAL_PRIVATE_HOSTS: 'localhost,10.0.0.7,169.254.169.254' }),
  );

  it('are not on this machine, also in embedded mode, unless a person listed it', async () => {
    expect(strict.faultOf('https://localhost/x')).toContain('CAUDAL_PRIVATE_HOSTS');
    expect(await resolved(strict, 'localhost')).toBe('CAUDAL_ADDRESS_REFUSED');
    expect(listing.faultOf('http://localhost:4000/x?y=1')).toBeUndefined();
    expect(await resolved(listing, 'localhost')).toBe('let through');
  });

  it('may be private ones only if listed, and those of metadata never', () => {
    expect(listing.faultOf('http://10.0.0.7/hook')).toBeUndefined();
    expect(listing.faultOf('https://10.0.0.8/hook')).toContain('private host 10.0.0.8');
    expect(listing.faultOf('https://169.254.169.254/')).toContain('nothing may be sent');
    expect(listing.refusalOf('169.254.169.254')).toBeDefined();
    expect(strict.faultOf('https://[::ffff:10.0.0.1]/')).toContain('private host');
  });

  it('are spoken to over TLS', () => {
    expect(strict.faultOf('https://crm.example.com/hook?token=1')).toBeUndefined();
    expect(strict.faultOf('http://crm.example.com/hook')).toContain('https://');
  });
});
