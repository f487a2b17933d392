/** From the supervisor to the columns server, over IPC: the secret is never in argv or the environment. */
export interface StartMessage {
  type: 'start';
  dataDir: string;
  port: number;
  username: string;
  password: string;
  logLevel: string;
  /** See ColumnsServerOptions. */
  limits: {
    short?: number;
    long?: number;
    maxQueued?: number;
    maxQueryBytes?: number;
    maxBodyBytes?: number;
    killGraceMs?: number;
  };
}

/** From the columns server to its supervisor. */
export type ServerMessage =
  | { type: 'hello' }
  | { type: 'ready'; port: number }
  | { type: 'failed'; message: string; code?: string }
  /** The engine will not stop a query; the process is about to end itself. */
  | { type: 'recycling'; queryId: string };
