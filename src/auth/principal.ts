import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';

export const KEY_ROLES = ['viewer', 'operator', 'admin'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** Who is asking, as proved by the guard. Every query carries its workspaceId. */
export interface Principal {
  readonly workspaceId: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly role: KeyRole;
}

export interface AuthenticatedRequest extends FastifyRequest {
  principal?: Principal;
}

/** The principal of a guarded route, as a parameter of its handler. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => {
    const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (principal === undefined) throw new Error('CurrentPrincipal was used on a route without a guard');
    return principal;
  },
);

export const PUBLIC_ROUTE = 'caudal:public';
/** Lets a route be called without a key (health, webhooks, docs). */
export const PublicRoute = () => applyDecorators(SetMetadata(PUBLIC_ROUTE, true), ApiSecurity({}));

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** How the description of the API tells the least role of an operation. */
export const DOCUMENTED_ROLE = 'x-least-role';

export const LEAST_ROLE = 'caudal:least-role';
/** The least role that may call a route; where nothing is said, the usual one of its method. */
export const LeastRole = (role: KeyRole) =>
  applyDecorators(SetMetadata(LEAST_ROLE, role), ApiExtension(DOCUMENTED_ROLE, role));

/** `viewer` to read, `operator` for the rest. */
export function usualRole(method: string): KeyRole {
  return READING_METHODS.has(method) ? 'viewer' : 'operator';
}
