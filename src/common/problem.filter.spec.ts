import { HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { DomainError } from './domain-error.js';
import { problemOf } from './problem.filter.js';

describe('problemOf', () => {
  it('tells a domain error by its code, its words and its fields', () => {
    const error = new DomainError('conflict', 'contact_exists', 'the number exists', {
      errors: [{ pointer: '/phone', detail: 'is taken' }],
      params: { contactId: 'c1' },
    });
    expect(problemOf(error, 'r1')).toEqual({
      type: '/docs/errors#contact_exists',
      title: 'Conflict',
      status: 409,
      detail: 'the number exists',
      instance: 'urn:request:r1',
      code: 'contact_exists',
      contactId: 'c1',
      errors: [{ pointer: '/phone', detail: 'is taken' }],
    });
  });

  it.each([
    ['invalid', 400],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['missing', 404],
    ['conflict', 409],
    ['too-large', 413],
    ['too-slow', 504],
    ['unprocessable', 422],
    ['unavailable', 503],
  ] as const)('answers %s with %i', (kind, status) => {
    expect(problemOf(new DomainError(kind, 'x', 'y'), 'r1').status).toBe(status);
  });

  it('keeps the status and words of an HTTP exception', () => {
    expect(problemOf(new NotFoundException('Cannot GET /x'), 'r1')).toMatchObject({
      status: 404,
      code: 'not_found',
      detail: 'Cannot GET /x',
    });
    expect(problemOf(new HttpException('slow down', 429), 'r1')).toMatchObject({ code: 'too_many_requests' });
  });

  it('takes the status of an error of the web server', () => {
    const error = Object.assign(new Error('Request body is too large'), { statusCode: 413 });
    expect(problemOf(error, 'r1')).toMatchObject({ status: 413, code: 'too_large' });
  });

  it('says nothing of the inside when something broke', () => {
    const problem = problemOf(new Error('relation "x" does not exist'), 'r1');
    expect(problem).toMatchObject({ status: 500, code: 'internal_error' });
    expect(JSON.stringify(problem)).not.toContain('relation');
  });
});
