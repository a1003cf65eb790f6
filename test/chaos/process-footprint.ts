import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';

const KIB_A_MIB = 1024;
/** What the kernel takes as "forget the highest so far". */
const FORGET_PEAK = '5';

/** What a process holds of its machine, as the kernel counts it. */
export class ProcessFootprint {
  constructor(private readonly pid: number) {}

  get residentMib(): number {
    return this.mib('VmRSS');
  }

  /** The highest since `forgetPeak`. */
  get peakMib(): number {
    return this.mib('VmHWM');
  }

  forgetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, FORGET_PEAK);
  }

  /** What its descriptors lead to: paths, "socket:[…]", "(deleted)" behind the name of what is gone. */
  descriptors(): string[] {
    const folder = `/proc/${this.pid}/fd`;
    return readdirSync(folder).flatMap((fd) => {
      try {
        return [readlinkSync(`${folder}/${fd}`)];
      } catch {
        // Closed between the list and the look.
        return [];
      }
    });
  }

  private mib(field: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
    if (kib === undefined) throw new Error(`the kernel does not tell ${field} of ${this.pid}`);
    return Math.round(Number(kib) / KIB_A_MIB);
  }
}
