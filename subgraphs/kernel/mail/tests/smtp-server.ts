import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface TestSmtpServer {
  url: string;
  /** Whole messages as received. */
  mails: { to: string; data: string }[];
  close(): Promise<void>;
}

/** A small SMTP server. `answer` may replace its reply to a command (`RCPT`, `DATA`, …); an empty text is no reply at all. */
export async function startSmtpServer(
  answer: (command: string) => string | undefined = () => undefined,
): Promise<TestSmtpServer> {
  const mails: { to: string; data: string }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    const say = (command: string, usual: string): void => {
      const text = answer(command) ?? usual;
      if (text) socket.write(`${text}\r\n`);
    };
    let to = '';
    let data: string[] | undefined;
    let rest = '';
    say('CONNECT', '220 test');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n');
      rest = lines.pop()!;
      for (const line of lines) {
        if (data) {
          if (line !== '.') data.push(line);
          else {
            mails.push({ to, data: data.join('\n') });
            data = undefined;
            say('END', '250 taken');
          }
          continue;
        }
        const command = line.slice(0, 4).toUpperCase();
        if (command === 'EHLO') say(command, '250 test');
        else if (command === 'DATA') {
          data = [];
          say(command, '354 go on');
        } else {
          if (command === 'RCPT') to = /<(.*)>/.exec(line)![1]!;
          say(command, command === 'QUIT' ? '221 bye' : '250 fine');
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    close: () => {
      sockets.forEach((socket) => socket.destroy());
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
