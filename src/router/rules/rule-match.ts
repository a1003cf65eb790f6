import { RE2JS } from 're2js';
import { assertNever } from '../../common/assert-never.js';
import { plainWords } from '../../common/opt-out-words.js';
import type { RuleMatch } from './rule.js';

/** Longer texts are looked at up to here: what RE2 takes grows with the length, and with nothing faster. */
const LONGEST_LOOKED_AT = 4096;

export type Matcher = (text: string) => boolean;

/** Throws RE2JSException for a pattern that is none; patterns are checked where they are written. */
export function matcherOf(match: RuleMatch): Matcher {
  switch (match.type) {
    case 'any':
      return () => true;
    case 'keyword':
      return keywordMatcher(match.words.map(plainWords), match.where);
    case 'regex': {
      const pattern = RE2JS.compile(match.pattern, RE2JS.CASE_INSENSITIVE);
      return (text) => pattern.matcher(text.slice(0, LONGEST_LOOKED_AT)).find();
    }
    default:
      return assertNever(match);
  }
}

/** What is wrong with a pattern; null when it is right. Back references and look-around are not in RE2. */
export function patternFault(pattern: string): string | null {
  try {
    RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function keywordMatcher(words: readonly string[], where: 'whole' | 'anywhere'): Matcher {
  if (where === 'whole') return (text) => words.includes(plainWords(text));
  return (text) => {
    const said = ` ${plainWords(text.slice(0, LONGEST_LOOKED_AT))} `;
    return words.some((word) => said.includes(` ${word} `));
  };
}
