const ROWS_A_PIECE = 2000;
const FIRST_NUMBER = 5_510_000_000;

export interface CsvRows {
  /** Either so many rows, or so many bytes at least. */
  readonly rows?: number;
  readonly bytes?: number;
  readonly first?: number;
  /** Each such row has no number in it. */
  readonly badEvery?: number;
}

/** A list of contacts as long as one likes, of which a few thousand rows are in memory. */
export function* csvRows({
  rows = Infinity,
  bytes = Infinity,
  first = FIRST_NUMBER,
  badEvery = Infinity,
}: CsvRows): Generator<Buffer> {
  yield Buffer.from('telefono,nombre,ciudad,saldo,nota\n');
  let written = 0;
  for (let row = 0; row < rows && written < bytes;) {
    let piece = '';
    for (const end = Math.min(rows, row + ROWS_A_PIECE); row < end; row += 1) {
      const phone = row % badEvery === 7 ? 'ninguno' : String(first + row);
      piece += `${phone},Persona ${row},Guadalajara,${row % 1000}.50,abonó tarde\n`;
    }
    const encoded = Buffer.from(piece);
    written += encoded.length;
    yield encoded;
  }
}
