/**
 * Our own pages as HTML: headings with anchors, paragraphs, tables, code. What they are written in is reviewed with
 * the code, so this is no Markdown for strangers; everything is escaped first all the same.
 */
export function markdownPage(markdown: string): string {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? 'Caudal';
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Caudal: ${escaped(title)}</title>
  <style>
    body { font: 16px/1.6 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
    code { font-size: 0.9em } pre { overflow-x: auto; padding: 1rem; border: 1px solid }
    td, th { text-align: left; vertical-align: top; padding: 0.2rem 0.6rem 0.2rem 0 } :target { outline: 2px solid }
  </style>
</head>
<body>
${blocksOf(markdown).map(htmlOf).join('\n')}
</body>
</html>
`;
}

/** Pieces of code are blocks whatever is in them; all else ends at a blank line. */
function blocksOf(markdown: string): string[] {
  return markdown
    .split(/^(```\w*\n[\s\S]*?\n```)$/m)
    .flatMap((part) => (part.startsWith('```') ? [part] : part.split(/\n{2,}/)))
    .map((block) => block.trim())
    .filter((block) => block !== '');
}

function htmlOf(block: string): string {
  const heading = /^(#{1,3}) (.+)$/.exec(block);
  if (heading !== null) {
    const [, marks, text] = heading;
    const level = marks!.length;
    return `<h${level} id="${anchorOf(text!)}">${inline(text!)}</h${level}>`;
  }
  const code = /^```\w*\n([\s\S]*)\n```$/.exec(block);
  if (code !== null) return `<pre><code>${escaped(code[1]!)}</code></pre>`;
  if (block.startsWith('|')) return tableOf(block.split('\n'));
  return `<p>${inline(block)}</p>`;
}

function tableOf([head, , ...rows]: readonly string[]): string {
  const row = (line: string, cell: string): string =>
    `<tr>${line
      .slice(1, -1)
      .split('|')
      .map((text) => `<${cell}>${inline(text.trim())}</${cell}>`)
      .join('')}</tr>`;
  return `<table>${row(head!, 'th')}${rows.map((line) => row(line, 'td')).join('')}</table>`;
}

/** Links within the page stay; those to other files have nothing to lead to here. */
function inline(text: string): string {
  return escaped(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\[([^\]]+)\]\((#[\w-]+)\)/g, '<a href="$2">$1</a>')
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replaceAll(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(/\s+/g, '-');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
