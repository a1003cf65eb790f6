import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const CITIES = ['Ciudad de México', 'Monterrey', 'Guadalajara', 'Mérida', 'Tijuana'];
const TAGS = ['vip', 'feria,norte', '', 'nuevo', 'sur'];
const ROWS_A_PIECE = 2000;
const FIRST_NUMBER = 5_510_000_000;
/** Coprime with the range, so that numbers come in no order, as in the lists that people have. */
const STRIDE = 7_654_321;
const RANGE = 10_000_000;

/** Contacts as an export from a shop has them: numbers in four ways of writing, each once, and text with accents. */
export async function writeContactFile(path: string, rows: number): Promise<void> {
  if (rows > RANGE) throw new Error(`--rows ${rows} must be at most ${RANGE}`);
  await pipeline(Readable.from(pieces(rows)), createWriteStream(path));
}

function* pieces(rows: number): Generator<string> {
  let piece = 'telefono;nombre;ciudad;saldo;etiquetas\n';
  for (let i = 0; i < rows; i += 1) {
    const city = CITIES[i % CITIES.length];
    piece += `${numberOf(i)};Persona Número ${i};${city};${i % 5000}.50;${TAGS[i % TAGS.length]}\n`;
    if (i % ROWS_A_PIECE !== 0) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function numberOf(i: number): string {
  const digits = String(FIRST_NUMBER + ((i * STRIDE) % RANGE));
  switch (i % 4) {
    case 0:
      return digits;
    case 1:
      return `+52${digits}`;
    case 2:
      return `+52 1 ${digits.slice(0, 2)} ${digits.slice(2, 6)} ${digits.slice(6)}`;
    default:
      return `${digits.slice(0, 2)} ${digits.slice(2, 6)} ${digits.slice(6)}`;
  }
}
