import { gatewayIdSchema, LlnError, operatorNameSchema, parseWith } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { refuseUnwritable, writeWholeFile } from '../adapters/files.js';
import { addOnlineOptions, type Online, type OnlineOptions, withCoordinator } from '../online/online-command.js';
import { type CommandResult, present } from '../output.js';

interface EnrolOptions extends OnlineOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly operator?: boolean;
}

/** What was made; `subject` names whose it is. */
interface Credentials {
  readonly subject: { readonly gatewayId?: string };
  readonly username: string;
  readonly password: string;
  readonly created: boolean;
}

/** `liquid-lln enrol`: makes, or makes anew, the credentials of a gateway or of a person; the only time that they are shown. */
export function register(program: Command): void {
  const command = program
    .command('enrol')
    .description("make a gateway's credentials; they are shown once, and older ones stop working")
    .argument('<name>', "the gateway's id, or with --operator the person's user name")
    .option('--operator', 'of a person instead')
    .option('-o, --output <file>', 'write them there, readable by you alone, instead of showing them')
    .option('--force', 'replace a file that exists');
  addOnlineOptions(command).action((name: string, options: EnrolOptions) =>
    present(command, () => {
      const make = options.operator === true ? enrolOperator(name) : enrolGateway(name);
      // Looked at first: credentials that could not be written would be lost, and the old ones with them.
      if (options.output !== undefined) refuseUnwritable(options.output, options.force ?? false);
      return withCoordinator(command, options, async (online) => deliver(await make(online), options.output));
    }),
  );
}

/** The name is checked before anything is sent. */
function enrolGateway(name: string): (online: Online) => Promise<Credentials> {
  const gatewayId = parseWith(gatewayIdSchema, name, 'gateway id', 'USAGE');
  return async ({ client }) => {
    const { username, password, created } = await client.request({ kind: 'enrol', gatewayId });
    return { subject: { gatewayId }, username, password, created };
  };
}

function enrolOperator(name: string): (online: Online) => Promise<Credentials> {
  const username = parseWith(operatorNameSchema, name, 'user name', 'USAGE');
  return async ({ client }) => {
    const { password, created } = await client.request({ kind: 'enrol-operator', username });
    return { subject: {}, username, password, created };
  };
}

function deliver({ subject, username, password, created }: Credentials, file: string | undefined): CommandResult {
  const news = created ? `${username} is enrolled` : `${username} has new credentials; the old ones are void`;
  const credentials = { ...subject, username, password };
  if (file === undefined) {
    return { document: { ...credentials, created }, text: JSON.stringify(credentials, null, 2) };
  }
  writeCredentials(file, credentials);
  return { document: { ...subject, username, file, created }, text: `${news}: ${file}` };
}

/** The existing file, if any, was accepted before the request went out. */
function writeCredentials(file: string, credentials: object): void {
  try {
    writeWholeFile(file, `${JSON.stringify(credentials, null, 2)}\n`, { force: true, mode: 0o600 });
  } catch (cause) {
    throw new LlnError('STORAGE_FAILED', `${file} was not written: enrol it again`, { file }, cause);
  }
}
