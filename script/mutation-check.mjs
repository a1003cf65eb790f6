// Usage: mutation-check.mjs [guard …]
//        mutation-check.mjs --texts       only looks whether each guard still stands where guards.json says
// Breaks one guard of test/mutation/guards.json at a time, in a copy of the working tree, and runs the specs that
// must notice. A guard whose specs stay green is watched by nobody: the check fails and names it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const guards = JSON.parse(readFileSync(join(root, 'test/mutation/guards.json'), 'utf8'));
if (process.argv[2] === '--texts') {
  for (const { file, break: edits } of guards) broken(readFileSync(join(root, file), 'utf8'), file, edits);
  process.exit();
}
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !guards.some(({ guard }) => guard === name));
if (unknown.length > 0) {
  console.error(
    `mutation-check: no guard "${unknown[0]}"; known are ${guards.map(({ guard }) => guard).join(', ')}`,
  );
  process.exit(2);
}
const chosen = asked.length === 0 ? guards : guards.filter(({ guard }) => asked.includes(guard));

const copy = mkdtempSync(join(tmpdir(), 'caudal-mutation-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
copyWorkingTree();

let survived = 0;
report(
  'nothing broken',
  chosen.flatMap(({ seenBy }) => [seenBy]),
  true,
);
for (const { guard, file, break: edits, seenBy } of chosen) {
  const path = join(copy, file);
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, broken(whole, file, edits));
  report(guard, [seenBy], false);
  writeFileSync(path, whole);
}
console.log(`\n${chosen.length - survived} of ${chosen.length} guards are watched`);
process.exitCode = survived === 0 ? 0 : 1;

function copyWorkingTree() {
  const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of listed.stdout.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const folder of ['node_modules', '.tools']) symlinkSync(join(root, folder), join(copy, folder));
}

function broken(whole, file, edits) {
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${file} does not hold this exactly once: ${from}`);
    return text.replace(from, () => to);
  }, whole);
}

/** One run for each project: a run that cannot even begin has seen nothing. */
function report(name, watchers, mustPass) {
  const began = Date.now();
  const results = [...new Set(watchers.map(({ project }) => project))].map((project) =>
    run(project, [
      ...new Set(watchers.filter((one) => one.project === project).flatMap(({ specs }) => specs)),
    ]),
  );
  const failures = results.flatMap(({ failed }) => failed);
  const seconds = Math.round((Date.now() - began) / 1000);
  if (mustPass) {
    if (failures.length > 0 || results.some(({ passed }) => passed === 0)) {
      console.error(
        `mutation-check: the specs do not pass as they are: ${failures.join('; ') || 'none ran'}`,
      );
      process.exit(1);
    }
    console.log(`as it is: ${results.reduce((sum, { passed }) => sum + passed, 0)} tests pass, ${seconds} s`);
    return;
  }
  if (failures.length === 0) survived += 1;
  const verdict = failures.length === 0 ? 'SURVIVED' : `seen by "${failures[0]}"`;
  const more = failures.length > 1 ? ` and ${failures.length - 1} more` : '';
  console.log(`${name}: ${verdict}${more}, ${seconds} s`);
}

function run(project, specs) {
  const output = join(copy, 'mutation-report.json');
  rmSync(output, { force: true });
  spawnSync(
    join(copy, 'node_modules/.bin/vitest'),
    ['run', '--project', project, '--reporter=json', `--outputFile=${output}`, ...specs],
    { cwd: copy, stdio: 'ignore', timeout: 300_000 },
  );
  const tests = JSON.parse(readFileSync(output, 'utf8')).testResults.flatMap((file) => file.assertionResults);
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').map(({ title }) => title),
  };
}
