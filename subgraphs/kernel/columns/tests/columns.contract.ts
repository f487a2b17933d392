import type { Columns } from '../columns';
import { failureCases } from './contract-failures';
import { insertCases } from './contract-inserts';
import { migrationCases } from './contract-migrations';
import { queryCases } from './contract-queries';

export interface ContractServer {
  columns: Columns;
  url: string;
  username: string;
  password: string;
  /** Of the server, where it is ours to look at. */
  pid?: number;
  stop(): Promise<void>;
}

export interface ContractContext {
  server: ContractServer;
  /** A database of this suite alone. */
  database: string;
}

/** What every server behind the `Columns` port must do. */
export function columnsContract(name: string, open: () => Promise<ContractServer>): void {
  describe(`columns over ${name}`, () => {
    const context = {} as ContractContext;

    beforeAll(async () => {
      context.server = await open();
      context.database = `test_${Date.now().toString(36)}`;
      await context.server.columns.command(`CREATE DATABASE ${context.database}`);
    });
    queryCases(context);
    insertCases(context);
    failureCases(context);
    migrationCases(context);

    // Last, since these run in the order of their definition.
    afterAll(async () => {
      if (!context.server) return;
      await context.server.columns.command(`DROP DATABASE ${context.database} SYNC`);
      await context.server.columns.close();
      await context.server.stop();
    });
  });
}
