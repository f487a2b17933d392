import type { HealthCheck } from '../../subgraphs/kernel/health';
import type { Logger } from '../../subgraphs/kernel/logger';
import type { SubgraphTransport } from '../../subgraphs/kernel/transport';

interface Subgraph {
  name: string;
  url: string;
}

export interface CurrentTransportsOptions {
  connect: (name: string, url: string) => SubgraphTransport;
  log: Logger;
  /** Milliseconds for which what runs may go on over a transport that has been replaced. */
  graceMs: number;
}

/** The ways to the subgraphs of the supergraph in force: one each, replaced when its routing url changes. */
export class CurrentTransports {
  private readonly known = new Map<string, { url: string; transport: SubgraphTransport }>();
  private readonly retired = new Map<SubgraphTransport, NodeJS.Timeout>();
  private subgraphs: readonly Subgraph[] = [];

  constructor(private readonly options: CurrentTransportsOptions) {}

  /** Takes the subgraphs of another supergraph. One that is gone keeps its transport, for the operations that run. */
  use(subgraphs: readonly Subgraph[]): void {
    for (const { name, url } of subgraphs) {
      const known = this.known.get(name);
      if (known?.url === url) continue;
      const transport = this.options.connect(name, url);
      this.known.set(name, { url, transport });
      // Where the way does not depend on the url, it is the same as before.
      if (known && known.transport !== transport) this.retire(known.transport);
    }
    this.subgraphs = subgraphs;
  }

  get(name: string): SubgraphTransport | undefined {
    return this.known.get(name)?.transport;
  }

  /** Of the subgraphs of now. */
  checks(): HealthCheck[] {
    return this.subgraphs.map(({ name }) => ({
      name: `subgraph:${name}`,
      check: async (signal) => this.get(name)!.ready(signal),
    }));
  }

  /** Closes what was replaced at once; the others belong to whoever made them. */
  async close(): Promise<void> {
    await Promise.all([...this.retired.keys()].map((transport) => this.end(transport)));
  }

  private retire(transport: SubgraphTransport): void {
    this.retired.set(transport, setTimeout(() => void this.end(transport), this.options.graceMs).unref());
  }

  private async end(transport: SubgraphTransport): Promise<void> {
    clearTimeout(this.retired.get(transport));
    this.retired.delete(transport);
    try {
      await transport.close();
    } catch (error) {
      this.options.log.warn({ err: error }, 'a transport that was replaced did not close');
    }
  }
}
