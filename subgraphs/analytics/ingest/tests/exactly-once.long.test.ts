import { countsOnceWhileKilled } from './exactly-once.cases';
import { startHarness } from './exactly-once.harness';

jest.setTimeout(3_600_000);

it('counts each event once while its consumers are killed a hundred times', async () => {
  const harness = await startHarness();
  try {
    await countsOnceWhileKilled(harness, 100);
  } finally {
    await harness.close();
  }
});
