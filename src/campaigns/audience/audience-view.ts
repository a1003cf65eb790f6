import type { Audience } from './audience.js';
import type { Selection } from './audience-condition.js';

/** As it was asked for, without what was left out. A hundred thousand ids are not repeated in every answer. */
export function audienceShown(audience: Audience): Readonly<Record<string, unknown>> {
  if (audience.kind === 'contacts') return { kind: audience.kind, count: audience.ids.length };
  if (audience.kind === 'file') {
    return { ...audience, columns: audience.columns.map((column) => column.name) };
  }
  if (audience.kind !== 'conditions') return { ...audience };
  const { kind, selection, savedAudienceId, resolved } = audience;
  return {
    kind,
    ...selectionShown(selection),
    ...(savedAudienceId === null ? {} : { savedAudienceId }),
    ...(resolved === undefined
      ? {}
      : { resolved: { ...resolved, selections: resolved.selections.map(selectionShown) } }),
  };
}

/** In the form of a request: everybody where it asks for nothing. */
export function savedSelectionShown(selection: Selection): Readonly<Record<string, unknown>> {
  const members = selectionShown(selection);
  return Object.keys(members).length === 0 ? { all: true } : members;
}

function selectionShown(selection: Selection): Readonly<Record<string, unknown>> {
  const given = Object.entries(selection).filter(
    ([, value]: [string, unknown]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(given);
}
