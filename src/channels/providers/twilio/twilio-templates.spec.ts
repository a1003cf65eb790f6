import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../http/http-result.js';
import { templatePage, templatesPath } from './twilio-templates.js';

const SID = 'HX0123456789abcdef0123456789abcdef';

function answer(status: number, body: unknown): HttpAnswer {
  return {
    kind: 'answer',
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

function content(more: object = {}): object {
  return {
    sid: SID,
    friendly_name: 'aviso friendly',
    language: 'es_MX',
    variables: { 1: 'Ana', 2: '12 de mayo' },
    types: { 'twilio/text': { body: 'Hola {{1}}, hasta el {{2}}' } },
    approval_requests: {
      name: 'aviso',
      category: 'UTILITY',
      content_type: 'twilio/text',
      status: 'approved',
      rejection_reason: '',
      allow_category_change: true,
    },
    ...more,
  };
}

function first(more: object) {
  const page = templatePage(answer(200, { contents: [content(more)], meta: {} }));
  return page.kind === 'page' ? page.templates[0] : page;
}

describe('the templates of a Twilio account', () => {
  it('come with what WhatsApp decided, and the SID that they are sent by', () => {
    expect(templatePage(answer(200, { contents: [content()], meta: { next_page_url: null } }))).toEqual({
      kind: 'page',
      next: null,
      templates: [
        {
          name: 'aviso',
          language: 'es_MX',
          category: 'UTILITY',
          status: 'APPROVED',
          quality: null,
          rejectedReason: null,
          parameterFormat: 'POSITIONAL',
          components: [
            { type: 'BODY', text: 'Hola {{1}}, hasta el {{2}}' },
            { type: 'TWILIO', types: { 'twilio/text': { body: 'Hola {{1}}, hasta el {{2}}' } } },
          ],
          providerRef: SID,
        },
      ],
    });
  });

  it.each(['pending', 'rejected', 'paused', 'disabled', 'unsubmitted'])('may be %s', (status) => {
    const approval = { status, rejection_reason: 'INVALID_FORMAT' };
    expect(first({ approval_requests: approval })).toMatchObject({
      name: 'aviso friendly',
      status: status.toUpperCase(),
      rejectedReason: 'INVALID_FORMAT',
    });
  });

  it('may never have been submitted, have names for variables, or none', () => {
    expect(first({ approval_requests: null, variables: { nombre: 'Ana' } })).toMatchObject({
      status: 'UNSUBMITTED',
      category: 'UNKNOWN',
      parameterFormat: 'NAMED',
    });
    expect(first({ variables: {}, types: null })).toMatchObject({ parameterFormat: null, components: [] });
  });

  it('leave out what has no SID or language', () => {
    const page = templatePage(answer(200, { contents: [null, 7, { sid: SID }, content()], meta: {} }));
    expect(page).toMatchObject({ kind: 'page', templates: [{ providerRef: SID }] });
  });

  it('are asked for page by page, below our own base URL', () => {
    expect(templatesPath(null)).toBe('/v1/ContentAndApprovals?PageSize=50');
    const next_page_url =
      'https://content.twilio.com/v1/ContentAndApprovals?PageSize=50&Page=1&PageToken=PT-a_b';
    const page = templatePage(answer(200, { contents: [], meta: { next_page_url } }));
    const next = page.kind === 'page' ? page.next : '';
    expect(next).toBe('?PageSize=50&Page=1&PageToken=PT-a_b');
    expect(templatesPath(next)).toBe('/v1/ContentAndApprovals?PageSize=50&Page=1&PageToken=PT-a_b');
    expect(templatesPath('?x=1 HTTP/1.1\r\nhost: b')).toBe('/v1/ContentAndApprovals?PageSize=50');
  });

  it('cannot be listed for a reason', () => {
    expect(templatePage(answer(401, { code: 20003, status: 401 }))).toMatchObject({
      kind: 'failed',
      code: '20003',
      reason: expect.stringContaining('authToken') as string,
    });
    expect(templatePage(answer(200, '<html>'))).toMatchObject({
      kind: 'failed',
      code: 'http_200',
      reason: expect.stringContaining('contentBaseUrl') as string,
    });
  });
});
