import type { OpenAPIObject } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { addProblems } from './problem-responses.js';

describe('addProblems', () => {
  const document = addProblems({
    openapi: '3.1.0',
    info: { title: 't', version: '1' },
    paths: {
      '/api/things/{id}': {
        get: { parameters: [{ name: 'id', in: 'path' }], responses: { 200: { description: 'one' } } },
      },
      '/api/things': {
        post: {
          requestBody: { content: {} },
          responses: { 201: { description: 'made' }, 409: { description: 'its own words' } },
        },
      },
      '/health': { get: { security: [{}], responses: { 200: { description: 'ok' } } } },
    },
  } as OpenAPIObject);
  const statuses = (path: string, method: 'get' | 'post') =>
    Object.keys(document.paths[path]?.[method]?.responses ?? {});

  it('gives every operation the errors that it can answer', () => {
    expect(statuses('/api/things/{id}', 'get')).toEqual([
      '200',
      '400',
      '401',
      '403',
      '404',
      '500',
      '503',
      '504',
    ]);
    expect(statuses('/api/things', 'post')).toEqual(['201', '400', '401', '403', '409', '500', '503']);
  });

  it('leaves keys and roles out where none is needed', () => {
    expect(statuses('/health', 'get')).toEqual(['200', '500']);
  });

  it('says which role is needed at least', () => {
    const roleOf = (path: string, method: 'get' | 'post') =>
      (document.paths[path]?.[method] as Record<string, unknown> | undefined)?.['x-least-role'];
    expect(roleOf('/api/things/{id}', 'get')).toBe('viewer');
    expect(roleOf('/api/things', 'post')).toBe('operator');
    expect(roleOf('/health', 'get')).toBeUndefined();
  });

  it('keeps what an operation says itself', () => {
    expect(document.paths['/api/things']?.post?.responses?.['409']).toEqual({ description: 'its own words' });
  });

  it('points them all at one schema', () => {
    expect(document.components?.schemas).toHaveProperty('Problem');
    expect(JSON.stringify(document.paths['/health']?.get?.responses?.['500'])).toContain(
      '#/components/schemas/Problem',
    );
  });
});
