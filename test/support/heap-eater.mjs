// Loaded with --import before the program: on SIGUSR2 it takes memory until there is none left.
const eaten = [];

process.on('SIGUSR2', () => {
  for (;;) eaten.push(Array.from({ length: 100_000 }, (_, i) => ({ i })));
});
