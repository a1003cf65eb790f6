import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markdownPage } from './markdown-page.js';

const ERRORS = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');

describe('markdownPage', () => {
  it('gives every code of docs/errors.md the anchor that problems name as their type', () => {
    const page = markdownPage(ERRORS);
    const codes = [...ERRORS.matchAll(/^### (\S+)$/gm)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => !page.includes(`<h3 id="${code}">${code}</h3>`))).toEqual([]);
    expect(page).toContain('<a href="#codes-of-messages">');
    expect(page).toContain('<h2 id="codes-of-messages">');
  });

  it('leaves nothing of the notation behind', () => {
    const page = markdownPage(ERRORS).replaceAll(/<(style|pre)>[\s\S]*?<\/\1>/g, '');
    expect(page).not.toMatch(/^(?:#|\||```)/m);
    expect(page).not.toMatch(/\]\(|<p>\|/);
  });

  it('shows text as text', () => {
    expect(markdownPage('# A & B\n\nIf `a < b`, **do** <script>.')).toContain(
      '<h1 id="a-b">A &amp; B</h1>\n<p>If <code>a &lt; b</code>, <strong>do</strong> &lt;script&gt;.</p>',
    );
  });

  it('keeps a piece of code whole, blank lines too', () => {
    expect(markdownPage('One.\n\n```json\n{\n\n  "a": 1\n}\n```\n\nTwo.')).toContain(
      '<p>One.</p>\n<pre><code>{\n\n  &quot;a&quot;: 1\n}</code></pre>\n<p>Two.</p>',
    );
  });
});
