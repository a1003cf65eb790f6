const FULL = '█';
const EMPTY = '░';
const BAR_CELLS = 24;

export interface ProgressLine {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** A second; undefined while unknown. */
  readonly rate?: number;
  /** Further figures, each with its word. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Why nothing moves. */
  readonly reason?: string;
}

/**
 * For a terminal, of 80 columns too: `Sending  ██████░░░░  6,120 / 10,000  1,534/s  3 s left`, and where there are
 * figures, a second line `delivered 5,300  read 3,021`.
 */
export function withBar(line: ProgressLine): string[] {
  const cells = Math.round(shareOf(line) * BAR_CELLS);
  const bar = `${FULL.repeat(cells)}${EMPTY.repeat(BAR_CELLS - cells)}`;
  const figures = figuresOf(line);
  const first = `${line.label}  ${bar}  ${paceOf(line)}`;
  return figures === '' ? [first] : [first, `${' '.repeat(line.label.length)}  ${figures}`];
}

/** For a log. */
export function withPercentage(line: ProgressLine): string {
  const text = `${line.label} ${Math.floor(shareOf(line) * 100)} %  ${paceOf(line)}`;
  const figures = figuresOf(line);
  return figures === '' ? text : `${text}  ${figures}`;
}

function paceOf({ done, total, rate }: ProgressLine): string {
  const parts = [`${count(done)} / ${count(total)}`];
  if (rate !== undefined) parts.push(`${count(rate)}/s`);
  if (rate !== undefined && rate > 0 && done < total) parts.push(`${duration((total - done) / rate)} left`);
  return parts.join('  ');
}

function figuresOf({ figures = {}, reason }: ProgressLine): string {
  const parts = Object.entries(figures).map(([word, figure]) => `${word} ${count(figure)}`);
  if (reason !== undefined) parts.push(`(${reason})`);
  return parts.join('  ');
}

function shareOf({ done, total }: ProgressLine): number {
  return total === 0 ? 1 : Math.min(1, done / total);
}

export function count(number: number): string {
  return Math.round(number).toLocaleString('en');
}

/** `7 s`, `2 min 05 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (number: number) => String(number).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
