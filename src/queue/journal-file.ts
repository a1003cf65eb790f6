import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Below the data directory, which the processes of one machine share. */
export const JOURNAL_FOLDER = 'start-journal';

/** Whose journal it is: enough to tell that exactly this process is gone, within the same boot of the machine. */
export interface JournalOwner {
  readonly pid: number;
  readonly startMark: string;
  readonly bootId: string;
}

export const START_BYTES = 16;

/** Dispatch id (8 bytes), seq (4), attempt (4). One for all notes of a process: each is written before the next is made. */
export class StartNote {
  readonly bytes = Buffer.alloc(START_BYTES);
  private dispatchId = '';

  set(dispatchId: string, seq: number, attempt: number): Buffer {
    if (dispatchId !== this.dispatchId) {
      this.bytes.writeBigInt64LE(BigInt(dispatchId), 0);
      this.dispatchId = dispatchId;
    }
    this.bytes.writeInt32LE(seq, 8);
    this.bytes.writeInt32LE(attempt, 12);
    return this.bytes;
  }
}

/** A half-written last start is left out: its call begins only after the write. */
export function decodeStarts(bytes: Buffer): Set<string> {
  const starts = new Set<string>();
  for (let at = 0; at + START_BYTES <= bytes.length; at += START_BYTES) {
    starts.add(
      startKey(bytes.readBigInt64LE(at).toString(), bytes.readInt32LE(at + 8), bytes.readInt32LE(at + 12)),
    );
  }
  return starts;
}

export function startKey(dispatchId: string, seq: number, attempt: number): string {
  return `${dispatchId}:${seq}:${attempt}`;
}

export interface FoundJournal {
  readonly workerId: string;
  readonly owner: JournalOwner;
}

/** The journals that lie in a folder; none when the folder is not there. */
export function journalsIn(folder: string): FoundJournal[] {
  return filesOf(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({
      workerId: file.slice(0, -'.json'.length),
      owner: JSON.parse(readFileSync(join(folder, file), 'utf8')) as JournalOwner,
    }));
}

/** Every start that a worker noted and whose segment is still there. */
export function startsOf(folder: string, workerId: string): Set<string> {
  const segments = segmentsOf(folder, workerId).map((file) => readFileSync(join(folder, file)));
  return decodeStarts(Buffer.concat(segments));
}

/** The owner file first, so that nobody reads a journal that is half gone. */
export function removeJournal(folder: string, workerId: string): void {
  rmSync(join(folder, `${workerId}.json`), { force: true });
  for (const file of segmentsOf(folder, workerId)) rmSync(join(folder, file), { force: true });
}

function segmentsOf(folder: string, workerId: string): string[] {
  return filesOf(folder).filter((file) => file.startsWith(`${workerId}.`) && file.endsWith('.starts'));
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
