// The base gateway's constructor starts an exporter to the outside unless the process's environment says otherwise. Import this first.
// eslint-disable-next-line no-restricted-properties -- the package reads nothing else
process.env.APOLLO_TELEMETRY_DISABLED = 'true';
