import type { AnswerMapping, Expectation, Scalar } from './gateway-mapping.js';
import { jsonPath, parseJson, textAt, valueAt, type JsonPath } from './json-path.js';

/**
 * What an answer says of itself. `no` is the service's own word that it did not do it; `unsure` is a word that is
 * neither, and `silent` an answer without any of the members that would say.
 */
export type Verdict = 'yes' | 'no' | 'unsure' | 'silent';

export interface ReadAnswer {
  readonly json: unknown;
  readonly verdict: Verdict;
  readonly id: string | null;
  /** The service's own words for what went wrong; empty where it has none. */
  readonly words: string;
}

/** Ids as long as WhatsApp's own are; a page of text is none. */
const MOST_ID_CHARACTERS = 512;
const MOST_PLAIN_WORDS = 300;
const NO_WORDS: readonly Scalar[] = [
  false,
  0,
  'false',
  'error',
  'failed',
  'failure',
  'fail',
  'rejected',
  'ko',
  'no',
];

interface ReadyExpectation {
  readonly path: JsonPath;
  readonly values: readonly Scalar[];
}

export function readyExpectations(expectations: readonly Expectation[]): readonly ReadyExpectation[] {
  return expectations.map(({ path, values }) => ({ path: jsonPath(path), values }));
}

/** Of several, the first whose member is there decides; undefined where none is. */
export function met(expectations: readonly ReadyExpectation[], json: unknown): boolean | undefined {
  const decisive = decisiveOf(expectations, json);
  return decisive === undefined ? undefined : decisive.values.includes(decisive.found);
}

/** Whether any of several is met. */
export function anyMet(expectations: readonly ReadyExpectation[], json: unknown): boolean {
  return expectations.some(({ path, values }) => values.includes(valueAt(json, path) as Scalar));
}

/** Reads the answers of one service. */
export class AnswerReader {
  private readonly ok: readonly ReadyExpectation[];
  private readonly id: readonly JsonPath[];
  private readonly error: readonly JsonPath[];
  private readonly statuses: ReadonlySet<number>;

  constructor({ ok, id, error, statuses }: AnswerMapping) {
    this.ok = readyExpectations(ok);
    this.id = id.map(jsonPath);
    this.error = error.map(jsonPath);
    this.statuses = new Set(statuses);
  }

  /** With no expectation at all, a right status is enough. */
  isTaken(status: number, { verdict }: ReadAnswer): boolean {
    const isRightStatus =
      this.statuses.size === 0 ? status >= 200 && status < 300 : this.statuses.has(status);
    return isRightStatus && (verdict === 'yes' || this.ok.length === 0);
  }

  read(body: string): ReadAnswer {
    const json = parseJson(body);
    const verdict = this.verdictOf(json);
    const id = verdict === 'yes' || this.ok.length === 0 ? this.idIn(json) : null;
    const words = verdict === 'yes' ? '' : (textAt(json, this.error) ?? plainWords(json, body));
    return { json, verdict, id, words };
  }

  private verdictOf(json: unknown): Verdict {
    const decisive = decisiveOf(this.ok, json);
    if (decisive === undefined) return 'silent';
    if (decisive.values.includes(decisive.found)) return 'yes';
    const { found } = decisive;
    return NO_WORDS.includes(typeof found === 'string' ? found.toLowerCase() : found) ? 'no' : 'unsure';
  }

  private idIn(json: unknown): string | null {
    const id = textAt(json, this.id);
    return id === undefined || id.length > MOST_ID_CHARACTERS ? null : id;
  }
}

function decisiveOf(expectations: readonly ReadyExpectation[], json: unknown) {
  for (const { path, values } of expectations) {
    const found = valueAt(json, path) as Scalar | undefined;
    if (found !== undefined && found !== null) return { values, found };
  }
  return undefined;
}

/** Services that answer without JSON say what is wrong in a line of text; a page of HTML is somebody else's. */
function plainWords(json: unknown, body: string): string {
  if (typeof json === 'string') return json;
  return json === undefined && body.length <= MOST_PLAIN_WORDS && !body.trimStart().startsWith('<')
    ? body.trim()
    : '';
}
