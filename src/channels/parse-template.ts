import type { MarketingRoute, MessageContent, TemplateComponent } from './providers/message-content.js';
import { ContentReader, shown } from './content-reader.js';

const MOST_COMPONENTS = 20;
const MOST_PARAMETERS = 100;
const LONGEST_COMPONENTS_JSON = 32_768;
const LONGEST_LINK = 2000;
const LONGEST_PARAMETER = 4096;
const LONGEST_PAYLOAD = 256;
const LONGEST_COUPON = 15;

/** As in WhatsApp Manager, or the ContentSid by which Twilio calls a template. */
const TEMPLATE_NAME = /^(?:[a-z0-9_]+|HX[0-9a-fA-F]{32})$/;
const COMPONENT_TYPES = ['header', 'body', 'button', 'carousel', 'limited_time_offer', 'order_status'];
const BUTTON_TYPES = [
  'url',
  'quick_reply',
  'copy_code',
  'catalog',
  'flow',
  'mpm',
  'voice_call',
  'order_details',
];
const HEADER_MEDIA = ['image', 'video', 'document'];
const POLICIES = ['CLOUD_API_FALLBACK', 'STRICT'] as const;
const EXAMPLE = '{"type":"body","parameters":[{"type":"text","text":"{{nombre}}"}]}';
const PARAMETER_EXAMPLE = '{"type":"text","text":"{{nombre}}"}';

/**
 * A template and its components in Meta's shapes. What is seen to be wrong in them is said here, once, and not by Meta
 * for each of a million messages; whether the template wants these parameters is for the synchronised template to say.
 */
export function templateOf(reader: ContentReader): MessageContent {
  const name = reader.text('name', 512);
  const language = reader.text('language', 15);
  if (name !== '' && !TEMPLATE_NAME.test(name)) {
    reader.fault(
      'name',
      `name ${shown(name)} may hold small letters, digits and _ only, as in WhatsApp Manager; on Twilio it is a ContentSid (HX…)`,
    );
  }
  if (language !== '' && !/^[a-z]{2,3}(?:_[A-Za-z]{2,4})?$/.test(language)) {
    reader.fault('language', `language ${shown(language)} must be a code such as es_MX`);
  }
  const { components, marketing } = reader.members;
  return {
    type: 'template',
    name,
    language,
    ...(components === undefined ? {} : { components: componentsOf(reader) }),
    ...(marketing === undefined ? {} : { marketing: marketingOf(reader) }),
  };
}

function componentsOf(reader: ContentReader): readonly TemplateComponent[] {
  const components = reader.objects('components', 0, MOST_COMPONENTS, EXAMPLE);
  const given = reader.members['components'] as readonly TemplateComponent[];
  if (JSON.stringify(given).length > LONGEST_COMPONENTS_JSON) {
    reader.fault('components', `components must be at most ${LONGEST_COMPONENTS_JSON} characters of JSON`);
  }
  const seen = new Set<string>();
  for (const component of components) {
    const place = checkComponent(component);
    if (place !== undefined && seen.has(place)) component.fault('', `there is a ${place} already`);
    if (place !== undefined) seen.add(place);
  }
  return given;
}

/** Which place of the template it fills; undefined where there may be several. */
function checkComponent(component: ContentReader): string | undefined {
  const { type } = component.members;
  const known = typeof type === 'string' ? type.toLowerCase() : '';
  if (!COMPONENT_TYPES.includes(known)) {
    component.fault('type', `type ${shown(type)} must be one of ${COMPONENT_TYPES.join(', ')}`);
    return undefined;
  }
  if (known === 'button') return checkButton(component);
  if (known !== 'header' && known !== 'body') return undefined;
  const parameters = parametersOf(component);
  for (const parameter of parameters) checkParameter(parameter, known === 'header');
  const named = parameters.filter((parameter) => parameter.members['parameter_name'] !== undefined);
  if (named.length > 0 && named.length < parameters.length) {
    component.fault(
      'parameters',
      'parameter_name must be given for all parameters (a template with named ones) or for none',
    );
  }
  return known;
}

function parametersOf(component: ContentReader): readonly ContentReader[] {
  if (component.members['parameters'] === undefined) return [];
  return component.objects('parameters', 0, MOST_PARAMETERS, PARAMETER_EXAMPLE);
}

function checkParameter(parameter: ContentReader, isHeader: boolean): void {
  const { type, parameter_name: name } = parameter.members;
  if (type === 'text') {
    parameter.text('text', LONGEST_PARAMETER);
    if (name !== undefined && (typeof name !== 'string' || !/^[a-z0-9_]+$/.test(name))) {
      parameter.fault('parameter_name', `parameter_name ${shown(name)} must be the name in the template`);
    }
    return;
  }
  if (isHeader && typeof type === 'string' && HEADER_MEDIA.includes(type)) return checkMedia(parameter, type);
  const known = isHeader
    ? ['text', ...HEADER_MEDIA, 'location', 'product']
    : ['text', 'currency', 'date_time'];
  if (typeof type === 'string' && known.includes(type)) {
    parameter.object(type, '{…}');
    return;
  }
  parameter.fault('type', `type ${shown(type)} must be one of ${known.join(', ')}`);
}

/** A file in Meta's shape: by its address or by the id of an upload, and not by both. */
export function checkMedia(holder: ContentReader, member: string): void {
  const media = holder.object(member, '{"link":"https://…"} or {"id":"…"}');
  if (media === undefined) return;
  const { id, link } = media.members;
  if ((id === undefined) === (link === undefined)) {
    media.fault('', `${member} must have either link (an address) or id (of an uploaded file)`);
  } else if (link !== undefined) media.link('link', LONGEST_LINK);
  else media.text('id', 100);
}

function checkButton(button: ContentReader): string | undefined {
  const { sub_type: subType, index } = button.members;
  const known = typeof subType === 'string' ? subType.toLowerCase() : '';
  if (!BUTTON_TYPES.includes(known)) {
    button.fault('sub_type', `sub_type ${shown(subType)} must be one of ${BUTTON_TYPES.join(', ')}`);
  }
  if (!/^\d$/.test(String(index))) {
    button.fault(
      'index',
      `index ${shown(index)} must be the position of the button in the template, from "0"`,
    );
  }
  for (const parameter of parametersOf(button)) checkButtonParameter(parameter, known);
  return `button with the index ${String(index)}`;
}

function checkButtonParameter(parameter: ContentReader, subType: string): void {
  const { type } = parameter.members;
  const wanted = { url: 'text', quick_reply: 'payload', copy_code: 'coupon_code' }[subType];
  if (wanted === undefined) return;
  if (type !== wanted) {
    parameter.fault('type', `type ${shown(type)} must be ${wanted} on a button of sub_type ${subType}`);
  } else if (wanted === 'text') parameter.text('text', LONGEST_LINK);
  else if (wanted === 'payload') parameter.text('payload', LONGEST_PAYLOAD, 'rendered');
  else parameter.text('coupon_code', LONGEST_COUPON, 'rendered');
}

function marketingOf(reader: ContentReader): MarketingRoute {
  const marketing = reader.object('marketing', '{} or {"productPolicy":"STRICT"}');
  if (marketing === undefined) return {};
  marketing.refuseOthers(['productPolicy', 'activitySharing'], 'marketing');
  const { productPolicy, activitySharing } = marketing.members;
  const policy = POLICIES.find((known) => known === productPolicy);
  if (productPolicy !== undefined && policy === undefined) {
    marketing.fault(
      'productPolicy',
      `productPolicy ${shown(productPolicy)} must be one of ${POLICIES.join(', ')}`,
    );
  }
  if (activitySharing !== undefined && typeof activitySharing !== 'boolean') {
    marketing.fault('activitySharing', `activitySharing ${shown(activitySharing)} must be true or false`);
  }
  return {
    ...(policy === undefined ? {} : { productPolicy: policy }),
    ...(typeof activitySharing === 'boolean' ? { activitySharing } : {}),
  };
}
