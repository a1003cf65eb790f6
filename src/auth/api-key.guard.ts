import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { KeyRefusedError, RoleTooLowError } from './auth.errors.js';
import { KeyCheck } from './key-check.js';
import { keyInRequest, showsKey } from './key-in-request.js';
import { LegacyAccess } from './legacy-access.js';
import { LEGACY_ROUTE } from './legacy-route.js';
import {
  KEY_ROLES,
  LEAST_ROLE,
  PUBLIC_ROUTE,
  type AuthenticatedRequest,
  type KeyRole,
  type Principal,
} from './principal.js';

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Stands before every route that is not marked as public. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly check: KeyCheck,
    private readonly legacy: LegacyAccess,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const isLegacy = this.reflector.getAllAndOverride<boolean | undefined>(LEGACY_ROUTE, targets) === true;
    const keyless = isLegacy && !showsKey(request.headers) ? this.legacy.principal() : null;
    const principal = keyless ?? (await this.holderOf(keyInRequest(request.headers)));
    const needed =
      this.reflector.getAllAndOverride<KeyRole | undefined>(LEAST_ROLE, targets) ?? usualRole(request.method);
    if (KEY_ROLES.indexOf(principal.role) < KEY_ROLES.indexOf(needed)) {
      throw new RoleTooLowError(principal.keyName, principal.role, needed);
    }
    request.principal = principal;
    return true;
  }

  private async holderOf(presented: string): Promise<Principal> {
    const verdict = await this.check.verdictOn(presented);
    if (verdict.kind === 'unknown') throw new KeyRefusedError('unknown');
    const { id, workspaceId, name, role } = verdict.key;
    if (verdict.kind !== 'valid') throw new KeyRefusedError(verdict.kind, name);
    return { workspaceId, keyId: id, keyName: name, role };
  }
}

function usualRole(method: string): KeyRole {
  return READING_METHODS.has(method) ? 'viewer' : 'operator';
}
