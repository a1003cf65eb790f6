import type { GraphError } from './graph-error.js';
import { parameterError, whatsappError } from './graph-error.js';
import type { Template } from './templates.js';
import { findTemplate, placeholdersOf } from './templates.js';

type JsonObject = Record<string, unknown>;

/** The shape alone; whether the account has such a template is checkTemplateExists. */
export function checkTemplate(template: JsonObject): GraphError | undefined {
  const { name, components } = template;
  if (name === undefined || name === '')
    return whatsappError(131008, "Parameter 'name' is mandatory for type 'template'");
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) {
    return parameterError("Param template['name'] must be lower case letters, digits and underscores.");
  }
  const language = template['language'] as { code?: unknown } | null | undefined;
  if (
    typeof language !== 'object' ||
    language === null ||
    typeof language.code !== 'string' ||
    language.code === ''
  ) {
    return whatsappError(131008, "Parameter 'language.code' is mandatory for type 'template'");
  }
  if (components === undefined) return undefined;
  if (!Array.isArray(components)) return parameterError("Param template['components'] must be an array.");
  return checkComponents(components);
}

function checkComponents(components: unknown[]): GraphError | undefined {
  for (const [at, component] of components.entries()) {
    const { type, parameters } = (component ?? {}) as JsonObject;
    if (!['header', 'body', 'button', 'footer'].includes(String(type).toLowerCase())) {
      return parameterError(
        `Param template['components'][${at}]['type'] must be one of {HEADER, BODY, BUTTON}.`,
      );
    }
    if (parameters === undefined) continue;
    if (!Array.isArray(parameters)) {
      return parameterError(`Param template['components'][${at}]['parameters'] must be an array.`);
    }
    for (const parameter of parameters as JsonObject[]) {
      if (
        parameter?.['type'] === 'text' &&
        (typeof parameter['text'] !== 'string' || parameter['text'] === '')
      ) {
        return whatsappError(
          131008,
          `components[${at}].parameters: Parameter of type text is missing text value`,
        );
      }
    }
  }
  return undefined;
}

/** For numbers that hold the sender to their account's templates. */
export function checkTemplateExists(
  body: JsonObject,
  templates: readonly Template[],
): GraphError | undefined {
  if (body['type'] !== 'template') return undefined;
  const sent = body['template'] as { name: string; language: { code: string }; components?: JsonObject[] };
  const found = findTemplate(templates, sent.name, sent.language.code);
  if (!found) {
    return whatsappError(132001, `template name (${sent.name}) does not exist in ${sent.language.code}`);
  }
  if (found.status === 'PAUSED') return whatsappError(132015, `template ${sent.name} is paused`);
  if (found.status !== 'APPROVED') return whatsappError(132001, `template ${sent.name} is ${found.status}`);
  return checkBodyParameters(found, sent.components ?? []);
}

function checkBodyParameters(template: Template, components: JsonObject[]): GraphError | undefined {
  const expected = placeholdersOf(template).length;
  const body = components.find((component) => String(component['type']).toLowerCase() === 'body');
  const parameters = (body?.['parameters'] as JsonObject[] | undefined) ?? [];
  if (parameters.length !== expected) {
    return whatsappError(
      132000,
      `body: number of localizable_params (${parameters.length}) does not match the expected number of params (${expected})`,
    );
  }
  if (
    template.parameter_format === 'NAMED' &&
    parameters.some((parameter) => !parameter?.['parameter_name'])
  ) {
    return whatsappError(100, 'Parameter name is missing or empty');
  }
  return undefined;
}
