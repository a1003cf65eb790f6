import { spawnSync } from 'node:child_process';

const OLDEST = [6, 2] as const;

/** The shell looks the name up, because a service manager may have started us with a poor PATH. */
const LOOK_UP = `
  PATH="$PATH:/usr/local/bin:/usr/bin:/opt/homebrew/bin:/usr/sbin:/usr/local/sbin"
  command -v redis-server || command -v valkey-server
`;

export function findRedisBinary(): string {
  const path = spawnSync('/bin/sh', ['-c', LOOK_UP], { encoding: 'utf8' }).stdout.trim();
  if (path === '') {
    throw new Error(
      'Neither redis-server nor valkey-server is installed. Run script/bootstrap, install one of them ' +
        '(6.2 or newer), or set REDIS_URL to a server of your own.',
    );
  }
  refuseOldVersion(path);
  return path;
}

function refuseOldVersion(path: string): void {
  const banner = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout;
  const version = /v=(\d+)\.(\d+)/.exec(banner);
  const major = Number(version?.[1]);
  const minor = Number(version?.[2]);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new Error(`${path} is version ${major}.${minor}; Caudal needs ${OLDEST.join('.')} or newer`);
  }
}
