import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { AddressGate } from './providers/http/http-calls.js';
import { bareHost, classOfAddress, classOfHost, type AddressClass } from './address-rules.js';

/** Thrown into the connect phase; call-faults.ts knows the code. */
class AddressRefused extends Error {
  readonly code = 'CAUDAL_ADDRESS_REFUSED';
}

/**
 * Where a provider's base URL may lead. A name is judged twice: as it is written when it is saved, and by the
 * addresses it resolves to each time a connection is made, so that a name whose address changes gains nothing.
 */
@Injectable()
export class AddressPolicy implements AddressGate {
  private readonly listed: ReadonlySet<string>;
  private readonly allowsLoopback: boolean;

  constructor(config: Config) {
    this.listed = new Set(config.privateHosts.map(bareHost));
    this.allowsLoopback = config.mode === 'embedded';
  }

  /** What is wrong with a base URL, as it ends the sentence "baseUrl …"; undefined when nothing is. */
  faultOf(baseUrl: string): string | undefined {
    if (!URL.canParse(baseUrl)) return 'is not a URL; it must be one such as https://graph.facebook.com';
    const url = new URL(baseUrl);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
    if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
    if (url.search !== '' || url.hash !== '') return 'must not hold a query or a fragment';
    const addressClass = classOfHost(url.hostname);
    if (addressClass !== undefined && !this.allows(url.hostname, addressClass)) {
      return addressClass === 'never'
        ? `leads to ${url.hostname}, which no channel may reach`
        : `leads to the private host ${url.hostname}; add it to CAUDAL_PRIVATE_HOSTS if that is meant`;
    }
    if (url.protocol === 'http:' && !this.listed.has(bareHost(url.hostname)) && addressClass !== 'loopback') {
      return 'must begin with https://: the access token would travel in clear';
    }
    return undefined;
  }

  /** Judges a host by how it is written; names that say nothing are judged by `lookup`. */
  refusalOf(host: string): Error | undefined {
    const addressClass = classOfHost(host);
    if (addressClass === undefined || this.allows(host, addressClass)) return undefined;
    return new AddressRefused(`${host} is a private address`);
  }

  /** For sockets: resolves as usual and lets through only addresses that this host may have. */
  readonly lookup: LookupFunction = (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => this.allows(host, classOfAddress(address)));
      const [first] = allowed;
      if (first === undefined)
        return callback(new AddressRefused(`${host} leads to a private address`), '', 0);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };

  private allows(host: string, addressClass: AddressClass): boolean {
    switch (addressClass) {
      case 'public':
        return true;
      case 'never':
        return false;
      case 'private':
        return this.listed.has(bareHost(host));
      case 'loopback':
        return this.allowsLoopback || this.listed.has(bareHost(host));
    }
  }
}
