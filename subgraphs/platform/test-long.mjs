// `npm run test:long`: the long kill, soak and fuzz runs, and those ordinary tests that do more when they may take their time.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', '-i', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, TEST_LONG: '1' },
});
process.exit(status ?? 1);
