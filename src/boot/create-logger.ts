import type { Config } from '../config/config.js';
import { LineLogger } from '../common/line-logger.js';

export function createLogger(config: Config): LineLogger {
  return new LineLogger({
    level: config.logLevel,
    format: config.logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    write: (line) => process.stdout.write(line),
  });
}
