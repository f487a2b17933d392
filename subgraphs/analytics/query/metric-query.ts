import { defineFreeVerb } from '../../kernel/verb';
import { answerQuery } from './answer-query';
import { metricQueryInput } from './metric-query.input';

/** Answers a metric query once. */
export const metricQuery = defineFreeVerb({
  name: 'analytics.metricQuery',
  access: ['read:data', 'read:dashboards'],
  input: metricQueryInput,
  run: answerQuery,
});
