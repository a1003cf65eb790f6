import { hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/** One master key, one derived key a purpose: what leaks in one place opens nothing in another. */
@Injectable()
export class Keyring {
  constructor(private readonly masterKey: string) {}

  /** 32 bytes, the same for the same master key and purpose. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.masterKey, 'caudal', purpose, 32));
  }
}
