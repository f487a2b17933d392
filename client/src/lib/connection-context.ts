import { createContext, useContext } from 'react';
import type { Connection } from './urql';

export const ConnectionContext = createContext<Connection | undefined>(undefined);

/** The connection of the signed-in user; only pages behind sign-in may ask for it. */
export function useConnection(): Connection {
  const connection = useContext(ConnectionContext);
  if (!connection) throw new Error('useConnection is for pages behind sign-in only');
  return connection;
}
