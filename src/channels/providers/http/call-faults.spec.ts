import { describe, expect, it } from 'vitest';
import { callFault } from './call-faults.js';

function error(code: string | undefined, syscall?: string): Error {
  return Object.assign(new Error('boom'), { code, syscall });
}

describe('a fault of a call', () => {
  it.each([
    ['ECONNREFUSED', 'connect', 'connect_refused'],
    ['ENOTFOUND', 'getaddrinfo', 'name_not_found'],
    ['EAI_AGAIN', 'getaddrinfo', 'name_not_found'],
    ['ETIMEDOUT', 'connect', 'connect_timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', undefined, 'connect_timeout'],
    ['ENETUNREACH', 'connect', 'unreachable'],
    ['ECONNRESET', 'connect', 'connect_failed'],
    ['EPROTO', 'write', 'tls_failed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'tls_failed'],
    ['SOMETHING_NEW', undefined, 'connect_failed'],
    [undefined, undefined, 'connect_failed'],
  ])('%s (%s) before the call began is proof that nothing was sent', (code, syscall, ours) => {
    expect(callFault(error(code, syscall), false)).toMatchObject({ kind: 'not_sent', code: ours });
  });

  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'SOMETHING_NEW', undefined])(
    '%s after the call began proves nothing',
    (code) => {
      expect(callFault(error(code), true)).toMatchObject({ kind: 'lost', speaksOfHealth: true });
    },
  );

  it.each([
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CAUDAL_ADDRESS_REFUSED',
  ])('%s is a fault of the set-up', (code) => {
    expect(callFault(error(code), false)).toMatchObject({ kind: 'misconfigured', speaksOfHealth: false });
  });

  it('of a client that was closed says nothing of the provider', () => {
    expect(callFault(error('UND_ERR_DESTROYED'), false)).toMatchObject({
      kind: 'not_sent',
      speaksOfHealth: false,
    });
  });
});
