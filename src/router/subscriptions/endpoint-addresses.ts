import type { LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { AddressPolicy } from '../../channels/address-policy.js';
import { bareHost, classOfHost } from '../../channels/address-rules.js';
import type { AddressGate } from '../../channels/providers/http/http-calls.js';
import { Config } from '../../config/config.js';

/**
 * Where events may be sent. As with base URLs of providers a name is judged as it is written when it is saved, and by
 * the addresses it resolves to each time a connection is made. Stricter in one thing: the loopback, too, only where a
 * person listed it, because anybody who may subscribe could otherwise reach what listens on this machine.
 */
@Injectable()
export class EndpointAddresses implements AddressGate {
  readonly lookup: LookupFunction;
  private readonly policy: AddressPolicy;
  private readonly listed: ReadonlySet<string>;

  constructor(config: Config) {
    this.policy = new AddressPolicy({ ...config, mode: 'server' });
    this.lookup = this.policy.lookup;
    this.listed = new Set(config.privateHosts.map(bareHost));
  }

  refusalOf(host: string): Error | undefined {
    return this.policy.refusalOf(host);
  }

  /** What is wrong with an endpoint's URL, as it ends the sentence `url "…" …`; undefined when nothing is. */
  faultOf(text: string): string | undefined {
    if (!URL.canParse(text)) return 'is not a URL; it must be one such as https://example.com/caudal';
    const url = new URL(text);
    const isListed = this.listed.has(bareHost(url.hostname));
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isListed)) {
      return 'must begin with https:// (http:// is for hosts on CAUDAL_PRIVATE_HOSTS)';
    }
    if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
    if (url.hash !== '') return 'must not hold a fragment (#…)';
    if (this.refusalOf(url.hostname) === undefined) return undefined;
    return classOfHost(url.hostname) === 'never'
      ? `leads to ${url.hostname}, where nothing may be sent`
      : `leads to the private host ${url.hostname}; add it to CAUDAL_PRIVATE_HOSTS if that is meant`;
  }
}
