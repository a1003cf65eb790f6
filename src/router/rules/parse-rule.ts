import { isMembers, type Members } from '../../channels/content-reader.js';
import { parseContent } from '../../channels/parse-content.js';
import { DomainError, type FieldError } from '../../common/domain-error.js';
import { plainWords } from '../../common/opt-out-words.js';
import { patternFault } from './rule-match.js';
import type { RuleAction, RuleMatch } from './rule.js';

const MOST_WORDS = 100;
const LONGEST_WORD = 100;
const LONGEST_PATTERN = 500;
const MOST_ACTIONS = 10;
const MOST_TAGS = 20;
const LONGEST_TAG = 64;
const ATTRIBUTE_NAME = /^[^{}|]{1,100}$/;
const LONGEST_VALUE = 1000;

/** Reads what somebody wrote of a rule; throws a DomainError that points at every fault. */
export function parseMatch(input: unknown): RuleMatch {
  const faults: FieldError[] = [];
  noNul(input, '/match', faults);
  const match = readMatch(input, faults);
  refuse(faults);
  return match!;
}

export function parseActions(input: unknown): RuleAction[] {
  const faults: FieldError[] = [];
  if (!Array.isArray(input) || input.length === 0 || input.length > MOST_ACTIONS) {
    faults.push({ pointer: '/actions', detail: `actions must be a list of 1 to ${MOST_ACTIONS}` });
    refuse(faults);
  }
  noNul(input, '/actions', faults);
  const actions = (input as unknown[]).map((action, index) =>
    readAction(action, `/actions/${index}`, faults),
  );
  refuse(faults);
  return actions as RuleAction[];
}

function readMatch(input: unknown, faults: FieldError[]): RuleMatch | undefined {
  if (!isMembers(input)) return fault(faults, '/match', 'match must be an object with a type');
  switch (input['type']) {
    case 'any':
      onlyMembers(input, ['type'], '/match', faults);
      return { type: 'any' };
    case 'keyword': {
      onlyMembers(input, ['type', 'words', 'where'], '/match', faults);
      const words = textsOf(input['words'], MOST_WORDS, LONGEST_WORD);
      if (words === undefined || words.length === 0 || words.some((word) => plainWords(word) === '')) {
        const detail = `words must be a list of 1 to ${MOST_WORDS} texts of at most ${LONGEST_WORD} characters, each with a letter or digit`;
        return fault(faults, '/match/words', detail);
      }
      const where = input['where'] ?? 'whole';
      if (where !== 'whole' && where !== 'anywhere') {
        return fault(faults, '/match/where', `where ${shown(where)} must be whole or anywhere`);
      }
      return { type: 'keyword', words, where };
    }
    case 'regex': {
      onlyMembers(input, ['type', 'pattern'], '/match', faults);
      const { pattern } = input;
      if (typeof pattern !== 'string' || pattern === '' || pattern.length > LONGEST_PATTERN) {
        return fault(
          faults,
          '/match/pattern',
          `pattern must be a text of 1 to ${LONGEST_PATTERN} characters`,
        );
      }
      const wrong = patternFault(pattern);
      if (wrong !== null) {
        const detail = `pattern ${shown(pattern)} is not a regular expression of RE2 (no look-around, no back references): ${wrong}`;
        return fault(faults, '/match/pattern', detail);
      }
      return { type: 'regex', pattern };
    }
    default:
      return fault(faults, '/match/type', `type ${shown(input['type'])} must be any, keyword or regex`);
  }
}

function readAction(input: unknown, pointer: string, faults: FieldError[]): RuleAction | undefined {
  if (!isMembers(input)) return fault(faults, pointer, 'an action must be an object with a type');
  switch (input['type']) {
    case 'reply':
      onlyMembers(input, ['type', 'message', 'content'], pointer, faults);
      return readReply(input, pointer, faults);
    case 'tag': {
      onlyMembers(input, ['type', 'add', 'remove'], pointer, faults);
      const add = textsOf(input['add'] ?? [], MOST_TAGS, LONGEST_TAG);
      const remove = textsOf(input['remove'] ?? [], MOST_TAGS, LONGEST_TAG);
      if (add === undefined || remove === undefined || add.length + remove.length === 0) {
        const detail = `add or remove must list tags: at most ${MOST_TAGS} of at most ${LONGEST_TAG} characters`;
        return fault(faults, pointer, detail);
      }
      return { type: 'tag', add, remove };
    }
    case 'attribute':
      onlyMembers(input, ['type', 'name', 'value'], pointer, faults);
      return readAttribute(input, pointer, faults);
    case 'opt_out':
    case 'forward':
      onlyMembers(input, ['type'], pointer, faults);
      return { type: input['type'] };
    default:
      return fault(
        faults,
        `${pointer}/type`,
        `type ${shown(input['type'])} must be reply, tag, attribute, opt_out or forward`,
      );
  }
}

function readReply(
  { message, content }: Members,
  pointer: string,
  faults: FieldError[],
): RuleAction | undefined {
  if ((message === undefined) === (content === undefined)) {
    return fault(faults, pointer, 'say what to reply: either message (a text) or content');
  }
  try {
    return { type: 'reply', content: parseContent(content ?? { type: 'text', text: message }) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    for (const one of error.details.errors ?? []) {
      const path = content === undefined ? '/message' : one.pointer;
      faults.push({ pointer: `${pointer}${path}`, detail: one.detail });
    }
    return undefined;
  }
}

function readAttribute(
  { name, value }: Members,
  pointer: string,
  faults: FieldError[],
): RuleAction | undefined {
  if (typeof name !== 'string' || !ATTRIBUTE_NAME.test(name.trim())) {
    return fault(faults, `${pointer}/name`, 'name must be a text of 1 to 100 characters without { } or |');
  }
  const isValue =
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'string' && value.length <= LONGEST_VALUE);
  if (!isValue) {
    const detail = `value must be a text of at most ${LONGEST_VALUE} characters, a number, true, false or null (takes it away)`;
    return fault(faults, `${pointer}/value`, detail);
  }
  return { type: 'attribute', name: name.trim(), value: value as string | number | boolean | null };
}

function onlyMembers(input: Members, known: readonly string[], pointer: string, faults: FieldError[]): void {
  for (const name of Object.keys(input).filter((member) => !known.includes(member))) {
    faults.push({
      pointer: `${pointer}/${name}`,
      detail: `${name} is not known here; known are ${known.join(', ')}`,
    });
  }
}

function textsOf(input: unknown, most: number, longest: number): string[] | undefined {
  if (!Array.isArray(input) || input.length > most) return undefined;
  const isText = (text: unknown): text is string =>
    typeof text === 'string' && text.trim() !== '' && text.length <= longest;
  return input.every(isText) ? [...new Set(input.map((text) => text.trim()))] : undefined;
}

/** Postgres keeps none, and nobody means one. */
function noNul(input: unknown, pointer: string, faults: FieldError[]): void {
  if (JSON.stringify(input).includes('\\u0000')) fault(faults, pointer, 'holds a NUL character');
}

function fault(faults: FieldError[], pointer: string, detail: string): undefined {
  faults.push({ pointer, detail });
  return undefined;
}

function refuse(faults: readonly FieldError[]): void {
  if (faults.length === 0) return;
  throw new DomainError('invalid', 'validation_failed', faults.map(({ detail }) => detail).join('; '), {
    errors: [...faults],
  });
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
