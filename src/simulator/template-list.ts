import type { Template } from './templates.js';

const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 1000;

/** One page as the Graph API pages: opaque cursors, and `next` only where there is more. */
export function listTemplates(
  templates: readonly Template[],
  query: URLSearchParams,
  baseUrl: string,
): object {
  const found = templates.filter(
    (template) =>
      matches(query.get('name'), template.name) &&
      matches(query.get('language'), template.language) &&
      matches(query.get('category'), template.category) &&
      matches(query.get('status'), template.status),
  );
  const start = positionOf(query.get('after'));
  const limit = Math.min(MAX_LIMIT, Math.max(1, Number(query.get('limit')) || DEFAULT_LIMIT));
  const page = found.slice(start, start + limit);
  const end = start + page.length;
  if (page.length === 0) return { data: [] };
  const paging: Record<string, unknown> = { cursors: { before: cursorAt(start), after: cursorAt(end) } };
  if (end < found.length) {
    const next = new URLSearchParams(query);
    next.set('after', cursorAt(end));
    next.set('limit', String(limit));
    paging['next'] = `${baseUrl}?${next.toString()}`;
  }
  return { data: page.map((template) => withFields(template, query.get('fields'))), paging };
}

function matches(wanted: string | null, value: string): boolean {
  return wanted === null || wanted.toLowerCase() === value.toLowerCase();
}

function withFields(template: Template, fields: string | null): object {
  if (fields === null) return template;
  const wanted = new Set(fields.split(',').map((field) => field.trim()));
  return Object.fromEntries(Object.entries(template).filter(([name]) => name === 'id' || wanted.has(name)));
}

function cursorAt(position: number): string {
  return Buffer.from(String(position)).toString('base64url');
}

function positionOf(cursor: string | null): number {
  return cursor === null ? 0 : Number(Buffer.from(cursor, 'base64url').toString()) || 0;
}
