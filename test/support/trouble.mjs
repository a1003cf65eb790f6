// Loaded with --import before the program: signals of a test that hurt the process from within.
// SIGUSR2: the event loop does nothing else for as long as TROUBLE_BLOCK_MS says.
// SIGWINCH: a promise is rejected that nobody looks after.
const blockMs = Number(process.env['TROUBLE_BLOCK_MS'] ?? 0);

process.on('SIGUSR2', () => {
  const endsMs = performance.now() + blockMs;
  while (performance.now() < endsMs);
});
process.on('SIGWINCH', () => {
  void Promise.reject(new Error('a bug that nobody caught'));
});
