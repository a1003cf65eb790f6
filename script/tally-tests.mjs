// Usage: tally-tests.mjs <report of vitest's json reporter> <exit status of vitest>
// Prints "<passed> <failed> <skipped>". Whatever made vitest fail counts as failed, so that a run is never
// green because a file could not be loaded, an error was thrown outside of any test, or no report was written.
import { existsSync, readFileSync } from 'node:fs';

const [, , path, status] = process.argv;
const tally = existsSync(path)
  ? tallyOf(JSON.parse(readFileSync(path, 'utf8')))
  : { passed: 0, failed: 0, skipped: 0 };
if (status !== '0' && tally.failed === 0) {
  tally.failed = 1;
}
console.log(tally.passed, tally.failed, tally.skipped);

function tallyOf(report) {
  const filesWithoutResult = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + filesWithoutResult.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
