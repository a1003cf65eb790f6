import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { KeyHolder } from './key-holder.js';
import { LEGACY_ROUTE } from './legacy-route.js';
import { LEAST_ROLE, PUBLIC_ROUTE, usualRole, type AuthenticatedRequest, type KeyRole } from './principal.js';

/** Stands before every route that is not marked as public. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly holder: KeyHolder,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_ROUTE, targets)) return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.principal = await this.holder.of(request.headers, {
      isLegacy: this.reflector.getAllAndOverride<boolean | undefined>(LEGACY_ROUTE, targets) === true,
      leastRole:
        this.reflector.getAllAndOverride<KeyRole | undefined>(LEAST_ROLE, targets) ??
        usualRole(request.method),
      address: request.ip,
    });
    return true;
  }
}
