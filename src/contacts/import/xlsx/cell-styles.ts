import { FileRefused } from '../file-refused.js';
import { numberText, plainText, type NumberText } from './number-text.js';
import { readXml, type XmlHandler } from './xml-parts.js';

/** Excel's own limits. */
const MOST_STYLES = 65_500;
const MOST_CODES = 1000;

/** How each style of a workbook shows numbers, made when the first cell asks for it. */
export class CellStyles {
  private readonly codes = new Map<number, string>();
  private readonly formatIds: number[] = [];
  private readonly texts: (NumberText | undefined)[] = [];

  private constructor(private readonly is1904: boolean) {}

  static async read(part: AsyncIterable<Buffer> | undefined, is1904: boolean): Promise<CellStyles> {
    const styles = new CellStyles(is1904);
    if (part !== undefined) await readXml(part, styles.handler());
    return styles;
  }

  of(style: number): NumberText {
    const formatId = this.formatIds[style];
    if (formatId === undefined) return plainText;
    return (this.texts[style] ??= numberText(formatId, this.codes.get(formatId), this.is1904));
  }

  private handler(): XmlHandler {
    let isInCells = false;
    return {
      open: (name, attributes) => {
        const formatId = Number(attributes['numFmtId'] ?? 0);
        if (name === 'cellXfs') isInCells = true;
        else if (name === 'numFmt' && this.codes.size < MOST_CODES) {
          this.codes.set(formatId, attributes['formatCode'] ?? 'General');
        } else if (name === 'xf' && isInCells) {
          if (this.formatIds.length >= MOST_STYLES) {
            throw new FileRefused(`the workbook has more than ${MOST_STYLES} styles; save the sheet as CSV`);
          }
          this.formatIds.push(formatId);
        }
      },
      close: (name) => {
        if (name === 'cellXfs') isInCells = false;
      },
    };
  }
}
