import { createContext, useContext } from 'react';
import type { MeQuery } from '../gql/graphql';

export type Me = NonNullable<MeQuery['me']>;

export const MeContext = createContext<Me | undefined>(undefined);

export const useMe = (): Me | undefined => useContext(MeContext);

/** What the user may do, so that no control is shown that the server would refuse. The server decides all the same. */
export function useMay(permission: string): boolean {
  return useMe()?.permissions.includes(permission) ?? false;
}
