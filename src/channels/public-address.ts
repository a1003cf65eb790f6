import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';

/**
 * Where providers reach the webhooks of this deployment. With CAUDAL_PUBLIC_URL that is it; without, it is the
 * address that this process listens on, which main.ts sets once it is known (PORT=0 takes a free one) and only in a
 * process with the role `router`. A process that runs workers alone cannot guess it: without CAUDAL_PUBLIC_URL it
 * has no address, and what needs one (the simulator, which must be told where to post) says so.
 */
@Injectable()
export class PublicAddress {
  private url: string | undefined;

  constructor(config: Config) {
    this.url = config.publicUrl;
  }

  /** CAUDAL_PUBLIC_URL wins over an address that was found out. */
  set(url: string): void {
    this.url ??= url.replace(/\/$/, '');
  }

  get(): string | undefined {
    return this.url;
  }
}
