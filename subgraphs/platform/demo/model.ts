import { dirname, join } from 'node:path';

const data = join(dirname(require.resolve('vega-datasets')), '..', 'data');

export interface DemoFile {
  path: string;
  name: string;
  label: string;
  description: string;
}

/** The demonstration's real data: three million US flights of 2001 and the airports they flew from and to. */
export const FILES = {
  airports: {
    path: join(data, 'airports.csv'),
    name: 'airports',
    label: 'Airports',
    description: 'US airports by IATA code',
  },
  flights: {
    path: join(data, 'flights-3m.parquet'),
    name: 'flights',
    label: 'Flights',
    description: 'Three million US flights, delays in minutes, distances in miles',
  },
} satisfies Record<string, DemoFile>;

const FLIGHT_METRICS = [
  { name: 'flights', label: 'Flights', aggregation: 'COUNT' },
  { name: 'average_delay', label: 'Average delay', aggregation: 'AVG', field: 'delay', unit: 'DURATION_MINUTES' },
  {
    name: 'on_time',
    label: 'On time',
    description: 'Share of flights less than 15 minutes late',
    aggregation: 'SHARE',
    filters: [{ field: 'delay', op: 'LT', values: [15] }],
    unit: 'PERCENT',
  },
  { name: 'distance', label: 'Distance flown', aggregation: 'SUM', field: 'distance', unit: 'DISTANCE_MILES' },
];

/** Both models hold the same measures, so that the past and the live picture can be compared. */
export const flightsModel = (flights: string, airports: string) => ({
  dataset: flights,
  timeField: 'date',
  metrics: [
    ...FLIGHT_METRICS,
    {
      name: 'delay_p95',
      label: '95th percentile of delay',
      aggregation: 'QUANTILE',
      quantile: 0.95,
      field: 'delay',
      unit: 'DURATION_MINUTES',
    },
  ],
  dimensions: [
    { name: 'origin', label: 'Origin', field: 'origin' },
    { name: 'destination', label: 'Destination', field: 'destination' },
    { name: 'hour', label: 'Hour', field: 'date', derive: 'HOUR' },
    { name: 'weekday', label: 'Weekday', field: 'date', derive: 'WEEKDAY' },
  ],
  joins: [
    { name: 'from', dataset: airports, localField: 'origin', targetField: 'iata' },
    { name: 'to', dataset: airports, localField: 'destination', targetField: 'iata' },
  ],
});

export const LIVE_EVENTS = {
  name: 'flights_live',
  label: 'Flights, live',
  description: 'Departures replayed in compressed time, as events',
  fields: [
    { name: 'origin', type: 'STRING' },
    { name: 'destination', type: 'STRING' },
    { name: 'delay', type: 'FLOAT' },
    { name: 'distance', type: 'FLOAT' },
  ],
};

export const liveModel = (live: string, airports: string) => ({
  dataset: live,
  timeField: 'time',
  metrics: FLIGHT_METRICS,
  dimensions: [
    { name: 'origin', label: 'Origin', field: 'origin' },
    { name: 'destination', label: 'Destination', field: 'destination' },
  ],
  joins: [{ name: 'from', dataset: airports, localField: 'origin', targetField: 'iata' }],
});

interface DemoTile {
  title: string;
  kind: string;
  query: Record<string, unknown>;
  layout: { x: number; y: number; w: number; h: number };
}

export interface DemoDashboard {
  name: string;
  description: string;
  tiles: DemoTile[];
}

const most = (field: string) => [{ field, descending: true }];

export const historyDashboard = (dataset: string): DemoDashboard => {
  const ask = (query: Record<string, unknown>) => ({ dataset, ...query });
  return {
    name: 'Flights 2001',
    description: 'Three million flights: how many, how late, how far',
    tiles: [
      { title: 'Flights', kind: 'NUMBER', query: ask({ measures: ['flights'] }), layout: { x: 0, y: 0, w: 3, h: 2 } },
      {
        title: 'Average delay',
        kind: 'NUMBER',
        query: ask({ measures: ['average_delay'] }),
        layout: { x: 3, y: 0, w: 3, h: 2 },
      },
      { title: 'On time', kind: 'NUMBER', query: ask({ measures: ['on_time'] }), layout: { x: 6, y: 0, w: 3, h: 2 } },
      {
        title: 'Miles flown',
        kind: 'NUMBER',
        query: ask({ measures: ['distance'] }),
        layout: { x: 9, y: 0, w: 3, h: 2 },
      },
      {
        title: 'Flights a day',
        kind: 'AREA',
        query: ask({ measures: ['flights'], grain: 'DAY' }),
        layout: { x: 0, y: 2, w: 8, h: 4 },
      },
      {
        title: 'By weekday',
        kind: 'BAR',
        query: ask({ measures: ['flights'], dimensions: ['weekday'], orderBy: [{ field: 'weekday' }] }),
        layout: { x: 8, y: 2, w: 4, h: 4 },
      },
      {
        title: 'Average delay by hour',
        kind: 'LINE',
        query: ask({ measures: ['average_delay'], dimensions: ['hour'], orderBy: [{ field: 'hour' }] }),
        layout: { x: 0, y: 6, w: 6, h: 4 },
      },
      {
        title: 'Busiest states',
        kind: 'BAR',
        query: ask({ measures: ['flights'], dimensions: ['from.state'], orderBy: most('flights'), limit: 12 }),
        layout: { x: 6, y: 6, w: 6, h: 4 },
      },
      {
        title: 'Routes',
        kind: 'TABLE',
        query: ask({
          measures: ['flights', 'average_delay', 'on_time'],
          dimensions: ['origin', 'destination'],
          orderBy: most('flights'),
          limit: 25,
        }),
        layout: { x: 0, y: 10, w: 12, h: 5 },
      },
    ],
  };
};

export const liveDashboard = (dataset: string): DemoDashboard => {
  const ask = (query: Record<string, unknown>) => ({ dataset, timeRange: { last: 'PT1H' }, ...query });
  return {
    name: 'Live departures',
    description: 'Real flights replayed in compressed time: every tile moves by itself',
    tiles: [
      {
        title: 'Departures, last hour',
        kind: 'NUMBER',
        query: ask({ measures: ['flights'] }),
        layout: { x: 0, y: 0, w: 4, h: 2 },
      },
      {
        title: 'Average delay',
        kind: 'NUMBER',
        query: ask({ measures: ['average_delay'] }),
        layout: { x: 4, y: 0, w: 4, h: 2 },
      },
      { title: 'On time', kind: 'NUMBER', query: ask({ measures: ['on_time'] }), layout: { x: 8, y: 0, w: 4, h: 2 } },
      {
        title: 'Departures a minute',
        kind: 'LINE',
        query: ask({ measures: ['flights'], grain: 'MINUTE' }),
        layout: { x: 0, y: 2, w: 8, h: 4 },
      },
      {
        title: 'States',
        kind: 'PIE',
        query: ask({ measures: ['flights'], dimensions: ['from.state'], orderBy: most('flights'), limit: 8 }),
        layout: { x: 8, y: 2, w: 4, h: 4 },
      },
      {
        title: 'Busiest airports',
        kind: 'BAR',
        query: ask({ measures: ['flights'], dimensions: ['origin'], orderBy: most('flights'), limit: 10 }),
        layout: { x: 0, y: 6, w: 6, h: 4 },
      },
      {
        title: 'Where it is late',
        kind: 'TABLE',
        query: ask({
          measures: ['flights', 'average_delay'],
          dimensions: ['origin'],
          orderBy: most('average_delay'),
          limit: 10,
        }),
        layout: { x: 6, y: 6, w: 6, h: 4 },
      },
    ],
  };
};
