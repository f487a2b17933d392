/** The audience of a token with which a subgraph turns to the gateway. */
export const GATEWAY_AUDIENCE = 'gateway';
/** Scheme of its Authorization header; clients use `Bearer`. */
export const SERVICE_SCHEME = 'Service';
