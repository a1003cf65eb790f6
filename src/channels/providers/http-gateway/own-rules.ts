import type { HttpAnswer } from '../http/http-result.js';
import type { ErrorRule, RuleClass } from './gateway-mapping.js';
import { jsonPath, valueAt, type JsonPath } from './json-path.js';

export interface RuleHit {
  readonly class: RuleClass;
  readonly code: string;
  readonly reason: string;
}

const REASONS: Readonly<Record<RuleClass, string>> = {
  permanent_recipient: 'The service says that this person cannot be written to.',
  deferred_recipient: 'The service says that this person cannot be written to now.',
  window_closed: 'The service says that a template is needed for this person.',
  permanent_message: 'The service refused the message.',
  permanent_config: 'The service says that its set-up is not right.',
  auth_stop: 'The service does not accept the credentials; check headers and secretFields.',
  account_stop: 'The account of the service cannot send until a person acts.',
  session_down: "The service's session is not connected to WhatsApp.",
  transient: 'The service says that it did not send the message and that another try may work.',
  transient_media: 'The service says that it could not take the file and that another try may work.',
  throttled: 'The service says that this is too fast.',
  unknown: 'The service does not know itself; the message may be out.',
};

interface ReadyRule extends ErrorRule {
  readonly steps: JsonPath | undefined;
  readonly hit: RuleHit;
}

/** The rules of a channel's settings; whoever wrote them vouches for what they say. The first that fits counts. */
export class OwnRules {
  private readonly rules: readonly ReadyRule[];

  constructor(rules: readonly ErrorRule[]) {
    this.rules = rules.map((rule) => ({
      ...rule,
      text: rule.text?.toLowerCase(),
      steps: rule.path === undefined ? undefined : jsonPath(rule.path),
      hit: { class: rule.class, code: codeOf(rule), reason: REASONS[rule.class] },
    }));
  }

  find({ status, body }: HttpAnswer, json: unknown): RuleHit | undefined {
    if (this.rules.length === 0) return undefined;
    const lower = body.toLowerCase();
    return this.rules.find(
      (rule) =>
        (rule.status === undefined || rule.status === status) &&
        (rule.text === undefined || lower.includes(rule.text)) &&
        (rule.steps === undefined || valueAt(json, rule.steps) === rule.value),
    )?.hit;
  }
}

/** A word of the service's own where the rule names one, so that lists of failures can be read by it. */
function codeOf({ class: ruleClass, value }: ErrorRule): string {
  const word = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return /^[\w.-]{1,60}$/.test(word) && !/\d{5,}/.test(word) ? word : ruleClass;
}
