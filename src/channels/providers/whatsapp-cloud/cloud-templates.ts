import type { HttpResult } from '../http/http-result.js';
import type { ProviderTemplate, TemplatePage } from '../provider-answers.js';
import { readGraphError } from './cloud-answer.js';
import { member, parseJson, textOf, wordOf } from '../json-reader.js';
import { cloudError } from './cloud-errors.js';

const FIELDS = 'name,language,category,status,components,parameter_format,quality_score,rejected_reason';
/** A template may have twenty kilobytes, and an answer of more than a megabyte is not read. */
const TEMPLATES_A_PAGE = 50;

/** `cursor` is what the page before gave; null for the first. */
export function templatesQuery(cursor: string | null): string {
  const after = cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`;
  return `fields=${FIELDS}&limit=${TEMPLATES_A_PAGE}${after}`;
}

export const NO_WABA: TemplatePage = {
  kind: 'failed',
  code: 'waba_id_missing',
  reason:
    'wabaId is not set: copy the WhatsApp Business Account ID from WhatsApp > API Setup into the settings of the channel.',
};

export function templatePage(result: HttpResult): TemplatePage {
  if (result.kind === 'failure') {
    return { kind: 'failed', code: result.fault.code, reason: `${result.fault.what}.` };
  }
  const answer = parseJson(result.body);
  const data = member(answer, 'data');
  if (result.status !== 200 || !Array.isArray(data)) return refusalOf(result.status, result.body);
  const paging = member(answer, 'paging');
  // Without `next` this page is the last, whatever cursors it has.
  const hasNext = textOf(member(paging, 'next')) !== undefined;
  const after = textOf(member(member(paging, 'cursors'), 'after'));
  return {
    kind: 'page',
    templates: data.flatMap((template) => templateOf(template) ?? []),
    next: hasNext ? (after ?? null) : null,
  };
}

function templateOf(template: unknown): ProviderTemplate | undefined {
  const name = textOf(member(template, 'name'));
  const language = textOf(member(template, 'language'));
  if (name === undefined || language === undefined) return undefined;
  const quality = textOf(member(member(template, 'quality_score'), 'score'));
  const rejected = textOf(member(template, 'rejected_reason'));
  const format = textOf(member(template, 'parameter_format'))?.toUpperCase();
  const components = member(template, 'components');
  return {
    name,
    language,
    category: wordOf(member(template, 'category')).toUpperCase(),
    status: wordOf(member(template, 'status')).toUpperCase(),
    quality: quality === undefined ? null : quality.toUpperCase(),
    rejectedReason: rejected === undefined || rejected === 'NONE' ? null : rejected,
    parameterFormat: format === 'POSITIONAL' || format === 'NAMED' ? format : null,
    components: Array.isArray(components) ? (components as unknown[]) : [],
    providerRef: textOf(member(template, 'id')) ?? null,
  };
}

function refusalOf(status: number, body: string): TemplatePage {
  const error = readGraphError(body);
  if (error === undefined) {
    return {
      kind: 'failed',
      code: `http_${status}`,
      reason: `What answered (HTTP ${status}) gave no list of templates; check baseUrl, or try again later.`,
    };
  }
  const code = String(error.code);
  if (error.code === 100) {
    return {
      kind: 'failed',
      code,
      reason:
        'wabaId is not an account that accessToken may read; copy the WhatsApp Business Account ID from WhatsApp > API Setup.',
    };
  }
  if (error.code === 10 || (error.code >= 200 && error.code <= 299)) {
    return {
      kind: 'failed',
      code,
      reason:
        'The access token lacks the permission whatsapp_business_management, which reading templates needs; make one that has it and set it as accessToken.',
    };
  }
  const known = cloudError(error.code, error.subcode);
  return { kind: 'failed', code, reason: known?.reason ?? `Meta refused the list with its code ${code}.` };
}
