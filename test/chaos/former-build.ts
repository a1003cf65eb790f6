import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** The program as it was before the newest migration, compiled from the history of this clone. */
export class FormerBuild {
  private constructor(
    readonly commit: string,
    private readonly folder: string,
  ) {}

  /** The commit before the one that brought the newest migration, or why there is none. */
  static commit(): { readonly commit: string } | { readonly missing: string } {
    if (!existsSync(join(ROOT, '.git'))) return { missing: 'this is no clone' };
    const newest = readdirSync(join(ROOT, 'migrations'))
      .filter((name) => /^\d+-/.test(name))
      .toSorted()
      .at(-1)!;
    const brought = git('log', '--format=%H', '--diff-filter=A', '-1', '--', `migrations/${newest}`);
    if (brought === '') return { missing: `no commit of this clone brought ${newest}` };
    const before = git('rev-parse', '--verify', '--quiet', `${brought}^`);
    return before === ''
      ? { missing: 'the history of this clone does not go back so far' }
      : { commit: before };
  }

  static compile(commit: string): FormerBuild {
    const folder = mkdtempSync(join(tmpdir(), 'caudal-former-'));
    const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 2 ** 28 });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    // Types were checked when it was committed; without that it takes a fraction of the time.
    const words = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noCheck'];
    execFileSync(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    return new FormerBuild(commit, folder);
  }

  get program(): string {
    return join(this.folder, 'dist/src/main.js');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What it prints; nothing where it fails. */
function git(...words: string[]): string {
  const ran = spawnSync('git', words, { cwd: ROOT, encoding: 'utf8' });
  return ran.status === 0 ? ran.stdout.trim() : '';
}
