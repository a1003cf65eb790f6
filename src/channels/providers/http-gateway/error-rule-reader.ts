import type { SettingsReader } from '../settings-reader.js';
import { RULE_CLASSES, type ErrorRule, type RuleClass, type Scalar } from './gateway-mapping.js';
import { isObject, isPath, isScalar } from './member-readers.js';

const KNOWN_CLASSES: readonly RuleClass[] = [...RULE_CLASSES, 'throttled', 'unknown'];
const MEMBERS = ['class', 'status', 'text', 'path', 'value'];
const MOST_RULES = 100;

/** A list of rules, each fault under the position of its rule. */
export function readErrorRules(reader: SettingsReader, name: string): readonly ErrorRule[] | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > MOST_RULES) {
    reader.fault(name, `must be a list of at most ${MOST_RULES} rules`);
    return undefined;
  }
  return value.map((rule, index) => readRule(rule, (detail) => reader.fault(`${name}/${index}`, detail)));
}

function readRule(rule: unknown, fault: (detail: string) => void): ErrorRule {
  if (!isObject(rule)) {
    fault('must be an object such as { "text": "not connected", "class": "session_down" }');
    return { class: 'unknown' };
  }
  const { class: ruleClass, status, text, path, value } = rule;
  const other = Object.keys(rule).find((member) => !MEMBERS.includes(member));
  if (other !== undefined) fault(`holds "${other.slice(0, 40)}"; a rule has ${MEMBERS.join(', ')}`);
  if (!KNOWN_CLASSES.includes(ruleClass as RuleClass))
    fault(`has no class that is known; known are ${KNOWN_CLASSES.join(', ')}`);
  if (status !== undefined && !isStatus(status)) fault('has a status that is not a number from 200 to 599');
  if (text !== undefined && !isText(text)) fault('has a text that is not one of 2 to 200 characters');
  if (path !== undefined && !isPath(path)) fault('has a path that is not one such as "error.code"');
  if ((path === undefined) !== (value === undefined) || !isScalar(value ?? null))
    fault('must name path and value together, or neither');
  if (status === undefined && text === undefined && path === undefined)
    fault('names neither status, text nor path, and would be so for every answer');
  return {
    class: ruleClass as RuleClass,
    ...(isStatus(status) && { status }),
    ...(isText(text) && { text: text.toLowerCase() }),
    ...(isPath(path) && { path, value: value as Scalar }),
  };
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim().length >= 2 && value.length <= 200;
}
