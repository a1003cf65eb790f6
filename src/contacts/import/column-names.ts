import { foldName } from '../../common/fold-name.js';
import { FileRefused } from './file-refused.js';

const LONGEST_NAME = 100;

/** The words of a name, each folded: `Teléfono_Móvil` and `telefono movil` are one, `telefonomovil` is another. */
export function plainName(name: string): string {
  return name
    .normalize('NFKD')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .map(foldName)
    .filter((word) => word !== '')
    .join(' ');
}

/** Every column gets a name of its own: what the header says, a number where it is silent or repeats itself. */
export function columnNames(header: readonly string[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, index) => {
    const written = cell.replace(/\s+/gu, ' ').trim();
    if (written === '__proto__') {
      throw new FileRefused('a column is named "__proto__", which no attribute may be; rename it');
    }
    if (written.length > LONGEST_NAME) {
      throw new FileRefused(
        `column ${index + 1} has a name of ${written.length} characters; the most is ${LONGEST_NAME}`,
      );
    }
    const base = written === '' ? `column ${index + 1}` : written;
    let name = base;
    for (let copy = 2; taken.has(name); copy += 1) name = `${base} (${copy})`;
    taken.add(name);
    return name;
  });
}
