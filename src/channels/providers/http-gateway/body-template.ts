/** What a placeholder may name; each is left out where the message has no such thing. */
export const PLACEHOLDERS = [
  'recipient',
  'text',
  'url',
  'caption',
  'fileName',
  'type',
  'correlationId',
  'replyTo',
] as const;

export type TemplateValues = { readonly [Name in (typeof PLACEHOLDERS)[number]]?: string | undefined };

/** JSON whose texts may hold placeholders: `{ "phone": "{recipient}", "message": "{text}" }`. */
export type BodyTemplate = { readonly [member: string]: unknown };

type Filler = (values: TemplateValues) => unknown;

const PLACEHOLDER = /\{(\w+)\}/g;

/** Names in braces that are no placeholders, so that a misspelt one is not sent to people. */
export function unknownPlaceholders(template: unknown): string[] {
  return placeholdersOf(template).filter((name) => !isKnown(name));
}

export function placeholdersOf(template: unknown): string[] {
  if (typeof template === 'string') return [...template.matchAll(PLACEHOLDER)].map((match) => match[1]!);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap(placeholdersOf);
}

/** Read once for a channel; what it gives is called for each message. */
export function fillerOf(template: BodyTemplate): (values: TemplateValues) => Record<string, unknown> {
  return objectFiller(template);
}

function partFiller(part: unknown): Filler {
  if (typeof part === 'string') return textFiller(part);
  if (Array.isArray(part)) {
    const fillers = part.map(partFiller);
    return (values) => fillers.map((fill) => fill(values)).filter((value) => value !== undefined);
  }
  if (typeof part === 'object' && part !== null) return objectFiller(part as BodyTemplate);
  return () => part;
}

function objectFiller(template: BodyTemplate): (values: TemplateValues) => Record<string, unknown> {
  const fillers = Object.entries(template).map(([name, part]) => [name, partFiller(part)] as const);
  return (values) => {
    const filled: Record<string, unknown> = {};
    // JSON.stringify and the form encoder leave out what is undefined.
    for (const [name, fill] of fillers) filled[name] = fill(values);
    return filled;
  };
}

/** One pass: what a value holds in braces is a person's text and stays. */
function textFiller(text: string): Filler {
  const [only] = /^\{(\w+)\}$/.exec(text)?.slice(1) ?? [];
  if (only !== undefined && isKnown(only)) return (values) => values[only];
  if (placeholdersOf(text).length === 0) return () => text;
  return (values) =>
    text.replace(PLACEHOLDER, (_whole, name: string) => (isKnown(name) ? (values[name] ?? '') : ''));
}

function isKnown(name: string): name is keyof TemplateValues {
  return (PLACEHOLDERS as readonly string[]).includes(name);
}
