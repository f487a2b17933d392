// The base gateway's constructor starts an exporter to the outside unless the process's environment says otherwise. Import this first.
process.env.APOLLO_TELEMETRY_DISABLED = 'true';
