import type { Agent } from 'undici';
import { readBehaviour } from './behaviour.js';
import type { ControlFields } from './control-fields.js';
import { ControlProblem } from './control-fields.js';
import type { NumberSettings } from './sending-number.js';
import { SendingNumber } from './sending-number.js';
import type { Template } from './templates.js';
import { DEFAULT_TEMPLATES } from './templates.js';

/** The business numbers and the accounts' templates that this provider has. */
export class NumberRegistry {
  /** By index, which is what the ledger keeps. */
  readonly all: SendingNumber[] = [];
  readonly #byId = new Map<string, SendingNumber>();
  readonly #templates = new Map<string, readonly Template[]>();
  readonly #agent: Agent;
  readonly #render: (event: number) => string;

  constructor(agent: Agent, render: (event: number) => string) {
    this.#agent = agent;
    this.#render = render;
  }

  find(phoneNumberId: string): SendingNumber | undefined {
    return this.#byId.get(phoneNumberId);
  }

  /** For control requests, which say so when the number is unknown. */
  required(phoneNumberId: string): SendingNumber {
    const number = this.#byId.get(phoneNumberId);
    if (number) return number;
    const known = [...this.#byId.keys()].slice(0, 20).join(', ') || 'none yet';
    throw new ControlProblem(
      400,
      `phoneNumberId ${phoneNumberId} is not registered; known: ${known}`,
      'phoneNumberId',
    );
  }

  put(phoneNumberId: string, fields: ControlFields): SendingNumber {
    const settings = readSettings(phoneNumberId, fields);
    const known = this.#byId.get(phoneNumberId);
    if (known) {
      known.replace(settings);
      return known;
    }
    const added = new SendingNumber(this.all.length, settings, this.#agent, this.#render);
    this.all.push(added);
    this.#byId.set(phoneNumberId, added);
    return added;
  }

  numbersOf(wabaId: string): SendingNumber[] {
    return this.all.filter((number) => number.settings.wabaId === wabaId);
  }

  templatesOf(wabaId: string): readonly Template[] {
    return this.#templates.get(wabaId) ?? DEFAULT_TEMPLATES;
  }

  putTemplates(wabaId: string, templates: readonly Template[]): void {
    this.#templates.set(wabaId, templates);
  }
}

function readSettings(phoneNumberId: string, fields: ControlFields): NumberSettings {
  if (!/^[\w-]{1,64}$/.test(phoneNumberId)) {
    throw new ControlProblem(
      400,
      `phoneNumberId "${phoneNumberId}" must be letters, digits, _ or -`,
      'phoneNumberId',
    );
  }
  const webhookUrl = fields.text('webhookUrl');
  if (webhookUrl !== undefined && !/^https?:\/\/[^/]/.test(webhookUrl)) {
    throw new ControlProblem(400, `webhookUrl is "${webhookUrl}"; it must be an http(s) URL`, 'webhookUrl');
  }
  const settings: NumberSettings = {
    phoneNumberId,
    accessToken: fields.requiredText('accessToken'),
    appSecret: fields.requiredText('appSecret'),
    wabaId: fields.text('wabaId') ?? `9${phoneNumberId}`,
    displayPhoneNumber: fields.text('displayPhoneNumber') ?? displayNumberFor(phoneNumberId),
    verifiedName: fields.text('verifiedName') ?? 'Caudal',
    webhookUrl,
    behaviour: readBehaviour(fields.object('behaviour')),
  };
  fields.refuseOthers();
  return settings;
}

/** A fictional number (555-01xx is kept for them), the same for the same id. */
function displayNumberFor(phoneNumberId: string): string {
  let sum = 0;
  for (const letter of phoneNumberId) sum = (sum * 31 + letter.charCodeAt(0)) % 100_000;
  const digits = String(sum).padStart(5, '0');
  return `+1 5${digits.slice(0, 2)}-555-0${digits.slice(2)}`;
}
