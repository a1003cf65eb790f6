import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PublicRoute } from '../auth/principal.js';
import { ServedBy } from '../common/served-by.js';
import { markdownPage } from './markdown-page.js';

/** From the sources, and from dist. */
const PLACES = ['../../docs/errors.md', '../../../docs/errors.md'];

/** Where the `type` of every problem leads: docs/errors.md, with an anchor for each code. */
@ApiExcludeController()
@PublicRoute()
@ServedBy('every')
@Controller('docs/errors')
export class ErrorsPageController {
  private page: Promise<string> | undefined;

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('cache-control', 'public, max-age=3600')
  errors(): Promise<string> {
    this.page ??= readErrors().then(markdownPage);
    return this.page;
  }
}

async function readErrors(): Promise<string> {
  for (const place of PLACES) {
    const text = await readFile(join(import.meta.dirname, place), 'utf8').catch(() => null);
    if (text !== null) return text;
  }
  return '# Errors\n\nThe page was left out of this installation; it is docs/errors.md of the project.';
}
