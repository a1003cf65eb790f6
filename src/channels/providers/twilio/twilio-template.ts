import type { TemplateComponent, TemplateContent } from '../message-content.js';
import { member } from '../json-reader.js';

/** What a template is called at Twilio, where one ContentSid is one template in one language. */
const CONTENT_SID = /^HX[0-9a-fA-F]{32}$/;
const MOST_VARIABLES = 100;

export type TwilioTemplate =
  | { readonly ok: true; readonly contentSid: string; readonly variables: string | undefined }
  /** A sentence without its full stop. */
  | { readonly ok: false; readonly fault: string };

export function isContentSid(name: string): boolean {
  return CONTENT_SID.test(name);
}

export const NAME_FAULT =
  'twilio sends templates by their ContentSid; set the name to it (HX and 32 hexadecimal digits, as in the Content ' +
  'Template Builder)';

/**
 * A template in Meta's component shapes as ContentSid and ContentVariables. Twilio numbers the variables of a template
 * through all of its parts, so the parameters of the body are "1", "2" … unless they are named, and those of any other
 * part must be named (`parameter_name`), because their number cannot be told from here.
 */
export function twilioTemplate({ name, components = [] }: TemplateContent): TwilioTemplate {
  if (!isContentSid(name)) return { ok: false, fault: NAME_FAULT };
  const variables = new Map<string, string>();
  for (const component of components) {
    const fault = readParameters(component, variables);
    if (fault !== undefined) return { ok: false, fault };
  }
  if (variables.size > MOST_VARIABLES) {
    return { ok: false, fault: `twilio takes at most ${MOST_VARIABLES} variables in a template` };
  }
  return {
    ok: true,
    contentSid: name,
    variables: variables.size === 0 ? undefined : JSON.stringify(Object.fromEntries(variables)),
  };
}

/** Adds what a part gives; a fault where Twilio could not take it. */
function readParameters(component: TemplateComponent, variables: Map<string, string>): string | undefined {
  const parameters = component['parameters'] ?? [];
  const part = component.type.toLowerCase();
  if (!Array.isArray(parameters)) return `the parameters of the ${part} are not a list`;
  for (const [index, parameter] of (parameters as unknown[]).entries()) {
    const given = member(parameter, 'parameter_name');
    const name =
      typeof given === 'string' && given !== '' ? given : part === 'body' ? String(index + 1) : undefined;
    if (name === undefined) {
      return `a parameter of the ${part} has no parameter_name; give it the name or number of its variable in the template`;
    }
    const value = valueOf(parameter);
    if (value === undefined) return `the parameter ${name} is neither a text nor a file by link`;
    if (value.trim() === '') return `the variable ${name} of the template is empty`;
    if (variables.has(name)) return `the variable ${name} of the template is given twice`;
    variables.set(name, value);
  }
  return undefined;
}

/** The text of a parameter, the address of its file, or an amount or a time as it is to be read. */
function valueOf(parameter: unknown): string | undefined {
  const type = member(parameter, 'type') ?? 'text';
  if (typeof type !== 'string') return undefined;
  const given = member(parameter, type);
  const value =
    typeof given === 'string' ? given : (member(given, 'link') ?? member(given, 'fallback_value'));
  return typeof value === 'string' ? value : undefined;
}
