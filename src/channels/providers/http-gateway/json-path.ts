/** Member names and positions in lists, with dots between: "data.key.id", "messages.0.id". */
export const PATH_FORM = /^[^.\s]{1,100}(?:\.[^.\s]{1,100}){0,9}$/;

export type JsonPath = readonly string[];

export function jsonPath(text: string): JsonPath {
  return text.split('.');
}

/** What is there, or undefined; never a member that the value itself does not have. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** The first of several that holds a text or a number, as a text. */
export function textAt(value: unknown, paths: readonly JsonPath[]): string | undefined {
  for (const path of paths) {
    const found = valueAt(value, path);
    if (typeof found === 'string' && found.trim() !== '') return found;
    if (typeof found === 'number') return String(found);
  }
  return undefined;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
