import { cellText, LONGEST_WRITTEN } from './cell-text.js';
import type { PagedText } from './paged-text.js';
import { readXml } from './xml-parts.js';

/** Reads the list of texts that cells refer to. Its runs of rich text are one text; readings (`rPh`) are left out. */
export async function readSharedStrings(part: AsyncIterable<Buffer>, into: PagedText): Promise<void> {
  let text = '';
  let isText = false;
  let isReading = false;
  await readXml(part, {
    open(name) {
      if (name === 'si') text = '';
      else if (name === 'rPh') isReading = true;
      isText = name === 't' && !isReading;
    },
    text(written) {
      if (isText && text.length < LONGEST_WRITTEN) text += written;
    },
    close(name) {
      if (name === 'rPh') isReading = false;
      else if (name === 'si') into.add(cellText(text));
      isText = false;
    },
  });
}
