import { countsOnceWhileEngineDies, countsOnceWhileKilled } from './exactly-once.cases';
import { startHarness, type Harness } from './exactly-once.harness';

jest.setTimeout(3_600_000);

let harness: Harness;
beforeEach(async () => void (harness = await startHarness()));
afterEach(() => harness.close());

it('counts each event once while its consumers are killed a hundred times', () => countsOnceWhileKilled(harness, 100));

it('counts each event once while the engine is killed thirty times', () => countsOnceWhileEngineDies(harness, 30));
