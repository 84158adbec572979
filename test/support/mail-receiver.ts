import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** As much of a mail server as a mail needs (RFC 5321), on a port of its own. */
export class MailReceiver {
  readonly mails: ReceivedMail[] = [];
  /** What it answers to recipients: 250 takes them. */
  recipientAnswer = '250 ok';
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<MailReceiver> {
    const server = createServer();
    const receiver = new MailReceiver(server);
    server.on('connection', (socket) => receiver.#talk(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #talk(socket: Socket): void {
    const say = (line: string) => socket.write(`${line}\r\n`);
    let mail = { from: '', to: [] as string[] };
    let lines: string[] | null = null;
    say('220 receiver');
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      if (lines !== null) {
        if (line !== '.') return void lines.push(line);
        this.mails.push({ ...mail, text: lines.join('\n') });
        lines = null;
        return void say('250 taken');
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'MAIL') mail = { from: line.slice(10), to: [] };
      if (verb === 'RCPT') {
        if (this.recipientAnswer.startsWith('250')) mail.to.push(line.slice(8));
        return void say(this.recipientAnswer);
      }
      if (verb === 'DATA') {
        lines = [];
        return void say('354 go on');
      }
      if (verb === 'QUIT') return void socket.end('221 bye\r\n');
      say('250 ok');
    });
  }
}
