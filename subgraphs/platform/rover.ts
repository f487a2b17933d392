import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const roverFile = z.object({
  subgraphs: z.record(z.string(), z.object({ routing_url: z.url(), schema: z.object({ file: z.string() }) })),
});

export interface RoverSubgraph {
  name: string;
  routingUrl: string;
  /** Absolute path of its SDL. */
  file: string;
}

/** The subgraphs of `rover.yaml`, which Rover itself can read too. */
export function readRover(root: string): RoverSubgraph[] {
  const { subgraphs } = roverFile.parse(parse(readFileSync(join(root, 'rover.yaml'), 'utf8')));
  return Object.entries(subgraphs).map(([name, { routing_url, schema }]) => ({
    name,
    routingUrl: routing_url,
    file: join(root, schema.file),
  }));
}
