import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../common/domain-error.js';
import { SERVED_BY } from '../common/served-by.js';
import { Config, type Role } from '../config/config.js';

/** One build serves all roles: a process answers only the routes of its own (CAUDAL_ROLES). */
@Injectable()
export class ServedByGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly config: Config,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const role =
      this.reflector.getAllAndOverride<Role | 'every' | undefined>(SERVED_BY, [
        context.getHandler(),
        context.getClass(),
      ]) ?? 'api';
    if (role === 'every' || this.config.roles.has(role)) return true;
    throw new DomainError(
      'missing',
      'not_served_here',
      `This route is served by processes with the role "${role}"; this one has CAUDAL_ROLES=${[...this.config.roles].join(',')}.`,
    );
  }
}
