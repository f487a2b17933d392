import type { Logger } from '../../kernel/logger';
import type { DemoCredentials } from './credentials';
import { FILES, flightsModel, historyDashboard, liveDashboard, liveModel } from './model';
import { replayFlights } from './replay';
import { ensureDashboard, ensureLiveEvents, ensureLoaded } from './steps';
import { Workspace } from './workspace';

export interface DemoDeps {
  /** The gateway's. */
  url: string;
  credentials: DemoCredentials;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Brings the demonstration workspace up to what it should be and keeps its live tiles moving. Each step looks first whether it is done, so
 * that a start that was killed half-way is finished by the next one.
 */
export async function runDemo({ url, credentials, log, signal }: DemoDeps): Promise<void> {
  const workspace = new Workspace(url, credentials, signal);
  await workspace.patiently(() => workspace.signIn());

  const airports = await ensureLoaded(workspace, FILES.airports);
  const live = await ensureLiveEvents(workspace);
  await ensureDashboard(workspace, liveModel(live, airports), liveDashboard(live));
  const replay = replayFlights(workspace, log, signal);

  const flights = await ensureLoaded(workspace, FILES.flights);
  await ensureDashboard(workspace, flightsModel(flights, airports), historyDashboard(flights));
  log.info('the demonstration workspace is complete');
  await replay;
}
