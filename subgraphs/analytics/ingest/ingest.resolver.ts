import { Arg, Ctx as Context, Directive, Mutation, Resolver } from 'type-graphql';
import type { Ctx } from '../../kernel/context';
import { payload } from '../../kernel/graphql/payload';
import { ingestEvents } from './ingest-events';
import { IngestEventsInput, IngestEventsPayload } from './ingest.types';

@Resolver()
export class IngestResolver {
  @Mutation(() => IngestEventsPayload, {
    description: 'Takes events; the good ones of a call are kept, the bad ones answered one by one.',
  })
  @Directive('@requiresScopes(scopes: [["ingest:events"]])')
  async ingestEvents(@Arg('input', () => IngestEventsInput) input: IngestEventsInput, @Context() ctx: Ctx) {
    const { dataset, events } = input;
    const answer = await payload(
      ingestEvents(ctx, { dataset, events: events.map((event) => ({ ...event })) }),
      (ingested) => ingested,
    );
    return { accepted: 0, duplicates: 0, errors: [], ...answer };
  }
}
