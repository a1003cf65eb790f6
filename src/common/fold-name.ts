/**
 * One key for all spellings of a name: without case, accents, spaces and punctuation. `Fecha de Corte`,
 * `fecha_de_corte` and `FECHADECORTE` are one variable. Empty when the name has neither letter nor digit.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase();
}
