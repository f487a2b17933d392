const MOST_CHARACTERS = 100;

/** A client's name for an operation as it may stand in logs and messages, where it must not be as long as the client likes. */
export const shortName = <T extends string | undefined>(name: T): T | string =>
  name !== undefined && name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS)}…` : name;
