import type { HttpResult } from '../http/http-result.js';
import type { ProviderTemplate, TemplatePage } from '../provider-answers.js';
import { member, parseJson, textOf } from '../json-reader.js';
import { readTwilioCode } from './twilio-answer.js';
import { twilioError } from './twilio-errors.js';

const PATH = '/v1/ContentAndApprovals';
/** A template may hold twenty kilobytes; fifty of them stay below the largest answer that is read. */
const FIRST_PAGE = '?PageSize=50';
/** What Twilio gives to continue with; it goes into a path, so nothing else is taken. */
const CURSOR = /^\?[\w=&.%~-]{1,2000}$/;

/** The path of a page below the base URL of the Content API. */
export function templatesPath(cursor: string | null): string {
  return PATH + (cursor !== null && CURSOR.test(cursor) ? cursor : FIRST_PAGE);
}

/**
 * The templates of the account with what WhatsApp decided on each. Twilio has one ContentSid for each language, so the
 * name is the friendly one and `providerRef` is what messages are sent by.
 */
export function templatePage(result: HttpResult): TemplatePage {
  if (result.kind === 'failure') {
    return { kind: 'failed', code: result.fault.code, reason: `${result.fault.what}.` };
  }
  const { status, body } = result;
  const answer = parseJson(body);
  const contents = member(answer, 'contents');
  if (status !== 200 || !Array.isArray(contents)) return failureOf(status, body);
  const templates = contents.map(templateOf).filter((template) => template !== undefined);
  return { kind: 'page', templates, next: cursorOf(textOf(member(member(answer, 'meta'), 'next_page_url'))) };
}

function failureOf(status: number, body: string): TemplatePage {
  const code = readTwilioCode(body);
  const known = code === undefined ? undefined : twilioError(code);
  return {
    kind: 'failed',
    code: code === undefined ? `http_${status}` : String(code),
    reason:
      known?.reason ??
      `What answered (HTTP ${status}) is not the Content API of Twilio; check contentBaseUrl.`,
  };
}

/** An address whose host is Twilio's own, even behind a proxy: only its query is of use. */
function cursorOf(nextPageUrl: string | undefined): string | null {
  const query = nextPageUrl?.slice(nextPageUrl.indexOf('?')) ?? '';
  return CURSOR.test(query) ? query : null;
}

function templateOf(content: unknown): ProviderTemplate | undefined {
  const sid = textOf(member(content, 'sid'));
  const language = textOf(member(content, 'language'));
  if (sid === undefined || language === undefined) return undefined;
  const given = member(content, 'approval_requests');
  const approval: unknown = Array.isArray(given) ? given[0] : given;
  return {
    name: textOf(member(approval, 'name')) ?? textOf(member(content, 'friendly_name')) ?? sid,
    language,
    category: textOf(member(approval, 'category'))?.toUpperCase() ?? 'UNKNOWN',
    status: textOf(member(approval, 'status'))?.toUpperCase() ?? 'UNSUBMITTED',
    quality: null,
    rejectedReason: textOf(member(approval, 'rejection_reason')) ?? null,
    parameterFormat: formatOf(member(content, 'variables')),
    components: componentsOf(member(content, 'types')),
    providerRef: sid,
  };
}

function formatOf(variables: unknown): ProviderTemplate['parameterFormat'] {
  const names = Object.keys((variables ?? {}) as object);
  if (names.length === 0) return null;
  return names.every((name) => /^\d+$/.test(name)) ? 'POSITIONAL' : 'NAMED';
}

/** The text as Meta would write it, and then the content as Twilio has it, by its types. */
function componentsOf(types: unknown): unknown[] {
  if (typeof types !== 'object' || types === null) return [];
  const text = Object.values(types)
    .map((type: unknown) => textOf(member(type, 'body')))
    .find((body) => body !== undefined);
  return [...(text === undefined ? [] : [{ type: 'BODY', text }]), { type: 'TWILIO', types }];
}
