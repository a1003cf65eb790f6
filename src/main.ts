import { existsSync } from 'node:fs';
import { run } from './boot/run.js';

// What the environment says already wins over the file.
if (existsSync('.env')) process.loadEnvFile('.env');

await run(process.env);
