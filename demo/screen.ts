import type { WriteStream } from 'node:tty';
import { withBar, withPercentage, type ProgressLine } from './progress-line.js';

const CLEAR_LINE = '\r\u001B[2K';
const CLEAR_LINE_ABOVE = '\u001B[1A\u001B[2K';
const BOLD = ['\u001B[1m', '\u001B[22m'];
/** Between two lines of progress where they cannot overwrite each other. */
const QUIET_MS = 3000;

/** Where people read what happens: a terminal, where progress is redrawn in its place, or a log. */
export class Screen {
  readonly isTerminal: boolean;
  private shown: ProgressLine | undefined;
  /** Of the progress in a terminal. */
  private lines = 0;
  /** In a log: the last line is not told yet. */
  private isUntold = false;
  private toldAtMs = 0;

  constructor(private readonly stream: WriteStream) {
    this.isTerminal = stream.isTTY === true;
    // A terminal that was closed, or `| head`, is no reason to leave servers behind.
    stream.on('error', () => undefined);
  }

  line(text = ''): void {
    this.endProgress();
    this.stream.write(`${text}\n`);
  }

  heading(text: string): void {
    const [on, off] = this.isTerminal ? BOLD : ['', ''];
    this.line(`${on}${text}${off}`);
  }

  progress(line: ProgressLine): void {
    this.shown = line;
    if (this.isTerminal) {
      this.redraw(withBar(line).map((text) => `  ${text}`));
      return;
    }
    const nowMs = performance.now();
    this.isUntold = nowMs - this.toldAtMs < QUIET_MS;
    if (this.isUntold) return;
    this.toldAtMs = nowMs;
    this.stream.write(`  ${withPercentage(line)}\n`);
  }

  /** What took long is over; how it ended stays to be read. */
  endProgress(): void {
    if (this.shown === undefined) return;
    if (this.isTerminal) this.stream.write('\n');
    else if (this.isUntold) this.stream.write(`  ${withPercentage(this.shown)}\n`);
    this.shown = undefined;
    this.lines = 0;
    this.isUntold = false;
    this.toldAtMs = performance.now();
  }

  /** A line that wraps could not be taken back. */
  private redraw(lines: readonly string[]): void {
    const cleared = CLEAR_LINE + CLEAR_LINE_ABOVE.repeat(Math.max(0, this.lines - 1));
    // A terminal that does not know its width says 0.
    const width = this.stream.columns > 0 ? this.stream.columns - 1 : Infinity;
    const fitting = lines.map((text) => text.slice(0, width));
    this.stream.write(cleared + fitting.join('\n'));
    this.lines = lines.length;
  }
}
