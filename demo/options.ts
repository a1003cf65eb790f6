import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly contacts: number;
  /** Calls a second that the channel may make; undefined: as fast as it goes. */
  readonly rate: number | undefined;
  readonly seed: number;
  readonly exit: boolean;
  readonly json: boolean;
}

export type Usage =
  | { readonly kind: 'run'; readonly options: DemoOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

const DEFAULT_CONTACTS = 10_000;
const MOST_CONTACTS = 1_000_000;
/** The most that a channel's perSecond may be. */
const MOST_PER_SECOND = 10_000;
const DEFAULT_SEED = 7;
const LARGEST_SEED = 2 ** 32 - 1;

export const HELP = `Usage: script/demo [options]

Starts Caudal on databases of its own, imports a CSV, sends a campaign to a simulated WhatsApp and holds what
Caudal says of it against what the simulator has received.

  --contacts N   people in the CSV, 1 to ${MOST_CONTACTS} (${DEFAULT_CONTACTS})
  --rate N       messages a second that the channel may send, 1 to ${MOST_PER_SECOND} (no limit)
  --seed N       another CSV and another fate for its messages (${DEFAULT_SEED})
  --exit         stop everything at the end; without it the server stays up until Ctrl-C
  --json         the summary as one line of JSON on standard output, all else on standard error
  --help         this text

Exit code: 0 when everything adds up, 1 when it does not or something broke, 2 for wrong options.
`;

export function readOptions(args: readonly string[]): Usage {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        contacts: { type: 'string' },
        rate: { type: 'string' },
        seed: { type: 'string' },
        exit: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const options: DemoOptions = {
      contacts: wholeNumber('contacts', values.contacts, 1, MOST_CONTACTS) ?? DEFAULT_CONTACTS,
      rate: wholeNumber('rate', values.rate, 1, MOST_PER_SECOND),
      seed: wholeNumber('seed', values.seed, 0, LARGEST_SEED) ?? DEFAULT_SEED,
      exit: values.exit,
      json: values.json,
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'wrong', problem: (error as Error).message };
  }
}

function wholeNumber(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) {
    throw new Error(`--${name} is "${text}"; it must be a whole number from ${least} to ${most}`);
  }
  return number;
}
