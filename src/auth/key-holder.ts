import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { KeyRefusedError, RoleTooLowError } from './auth.errors.js';
import { KeyCheck } from './key-check.js';
import { keyInRequest, showsKey } from './key-in-request.js';
import { LegacyAccess } from './legacy-access.js';
import { KEY_ROLES, type KeyRole, type Principal } from './principal.js';
import { WrongKeys } from './wrong-keys.js';

export interface AccessTerms {
  readonly leastRole: KeyRole;
  /** A route of a replaced system: without a key it is for the workspace that CAUDAL_LEGACY_WORKSPACE names. */
  readonly isLegacy: boolean;
  /** Of the client, as far as proxies are believed. */
  readonly address: string;
}

/** Who asks, by the key that a request shows. */
@Injectable()
export class KeyHolder {
  constructor(
    private readonly check: KeyCheck,
    private readonly legacy: LegacyAccess,
    private readonly wrong: WrongKeys,
  ) {}

  /** Throws what tells the caller why not. */
  async of(headers: IncomingHttpHeaders, { leastRole, isLegacy, address }: AccessTerms): Promise<Principal> {
    const keyless = isLegacy && !showsKey(headers) ? this.legacy.principal() : null;
    const principal = keyless ?? (await this.holderOf(keyInRequest(headers), address));
    if (KEY_ROLES.indexOf(principal.role) < KEY_ROLES.indexOf(leastRole)) {
      throw new RoleTooLowError(principal.keyName, principal.role, leastRole);
    }
    return principal;
  }

  /** Whether a request claims to be somebody's: by a key, or because none is needed. */
  isClaimed(headers: IncomingHttpHeaders): boolean {
    return showsKey(headers) || this.legacy.principal() !== null;
  }

  private async holderOf(presented: string, address: string): Promise<Principal> {
    this.wrong.insistOnFew(address, () => !this.check.hasSeen(presented));
    const verdict = await this.check.verdictOn(presented);
    if (verdict.kind === 'unknown') {
      this.wrong.note(address);
      throw new KeyRefusedError('unknown');
    }
    const { id, workspaceId, name, role } = verdict.key;
    if (verdict.kind !== 'valid') throw new KeyRefusedError(verdict.kind, name);
    return { workspaceId, keyId: id, keyName: name, role };
  }
}
