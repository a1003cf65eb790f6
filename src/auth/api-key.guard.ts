import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { KeyRefusedError, RoleTooLowError } from './auth.errors.js';
import { KeyCheck } from './key-check.js';
import { keyInRequest } from './key-in-request.js';
import { KEY_ROLES, LEAST_ROLE, PUBLIC_ROUTE, type AuthenticatedRequest, type KeyRole } from './principal.js';

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Stands before every route that is not marked as public. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly check: KeyCheck,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const verdict = await this.check.verdictOn(keyInRequest(request.headers));
    if (verdict.kind === 'unknown') throw new KeyRefusedError('unknown');
    const { key } = verdict;
    if (verdict.kind !== 'valid') throw new KeyRefusedError(verdict.kind, key.name);
    const needed =
      this.reflector.getAllAndOverride<KeyRole | undefined>(LEAST_ROLE, targets) ?? usualRole(request.method);
    if (KEY_ROLES.indexOf(key.role) < KEY_ROLES.indexOf(needed)) {
      throw new RoleTooLowError(key.name, key.role, needed);
    }
    request.principal = {
      workspaceId: key.workspaceId,
      keyId: key.id,
      keyName: key.name,
      role: key.role,
    };
    return true;
  }
}

function usualRole(method: string): KeyRole {
  return READING_METHODS.has(method) ? 'viewer' : 'operator';
}
