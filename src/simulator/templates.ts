export interface TemplateComponent {
  type: string;
  format?: string;
  text?: string;
  buttons?: object[];
  example?: object;
}

/** As the Graph API lists it, hence the names. */
export interface Template {
  id: string;
  name: string;
  language: string;
  category: string;
  status: string;
  parameter_format: string;
  components: TemplateComponent[];
}

/** What an account has until others are registered: one without variables, a positional, a named and a paused one. */
export const DEFAULT_TEMPLATES: readonly Template[] = [
  template(
    '1001',
    'hello_world',
    'en_US',
    'UTILITY',
    'APPROVED',
    'POSITIONAL',
    'Welcome! This is a test message.',
  ),
  template(
    '1002',
    'aviso_evento',
    'es_MX',
    'MARKETING',
    'APPROVED',
    'POSITIONAL',
    'Hola {{1}}, te esperamos en {{2}}.',
  ),
  template(
    '1003',
    'invitacion',
    'es',
    'MARKETING',
    'APPROVED',
    'NAMED',
    'Hola {{nombre}}, esta es tu invitación.',
  ),
  template(
    '1004',
    'promo_pausada',
    'es',
    'MARKETING',
    'PAUSED',
    'POSITIONAL',
    'Hola {{1}}, tenemos una promoción.',
  ),
];

export function findTemplate(
  templates: readonly Template[],
  name: string,
  language: string,
): Template | undefined {
  return templates.find((candidate) => candidate.name === name && candidate.language === language);
}

/** The variables of the body, each once, in the order of their first use. */
export function placeholdersOf(from: Template): string[] {
  const text = from.components.find(({ type }) => type.toUpperCase() === 'BODY')?.text ?? '';
  return [...new Set(Array.from(text.matchAll(/\{\{\s*(\w+)\s*\}\}/g), (match) => match[1]!))];
}

function template(
  id: string,
  name: string,
  language: string,
  category: string,
  status: string,
  parameterFormat: string,
  text: string,
): Template {
  return {
    id,
    name,
    language,
    category,
    status,
    parameter_format: parameterFormat,
    components: [{ type: 'BODY', text }],
  };
}
