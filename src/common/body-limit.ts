import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

interface BodyLimitConfig {
  readonly mostBodyBytes?: number;
}

/** A body of this route may be larger, or must be smaller, than bodies usually may be. */
export const TakesBodyOf = (mostBytes: number) =>
  RouteConfig({ mostBodyBytes: mostBytes } satisfies BodyLimitConfig);

/** Teaches Fastify TakesBodyOf. To be called before routes are registered. */
export function limitBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    const mostBytes = (route.config as BodyLimitConfig | undefined)?.mostBodyBytes;
    if (mostBytes !== undefined) route.bodyLimit = mostBytes;
  });
}
