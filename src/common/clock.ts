import { Injectable } from '@nestjs/common';

/** The only source of business time, so that tests can move it. Leases use the database's clock instead. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }

  nowMs(): number {
    return Date.now();
  }
}
