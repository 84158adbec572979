import { gatewayIdSchema, LlnError, type OperatorReplyTo, parseWith } from '@liquid-lln/protocol';
import type { Command } from 'commander';
import { refuseUnwritable, writeWholeFile } from '../adapters/files.js';
import { addOnlineOptions, type OnlineOptions, withCoordinator } from '../online/online-command.js';
import { type CommandResult, present } from '../output.js';

interface EnrolOptions extends OnlineOptions {
  readonly output?: string;
  readonly force?: boolean;
}

/** `liquid-lln enrol`: makes, or makes anew, the credentials of a gateway; the only time that they are shown. */
export function register(program: Command): void {
  const command = program
    .command('enrol')
    .description("make a gateway's credentials; they are shown once, and older ones stop working")
    .argument('<gateway>', "the gateway's id")
    .option('-o, --output <file>', 'write them there, readable by you alone, instead of showing them')
    .option('--force', 'replace a file that exists');
  addOnlineOptions(command).action((gateway: string, options: EnrolOptions) =>
    present(command, () => {
      const gatewayId = parseWith(gatewayIdSchema, gateway, 'gateway id', 'USAGE');
      // Looked at first: credentials that could not be written would be lost, and the old ones with them.
      if (options.output !== undefined) refuseUnwritable(options.output, options.force ?? false);
      return withCoordinator(command, options, async ({ client }) =>
        deliver(await client.request({ kind: 'enrol', gatewayId }), options.output),
      );
    }),
  );
}

function deliver(reply: OperatorReplyTo<'enrol'>, file: string | undefined): CommandResult {
  const { gatewayId, username, password, created } = reply;
  const news = created ? `${gatewayId} is enrolled` : `${gatewayId} has new credentials; the old ones are void`;
  const credentials = { gatewayId, username, password };
  if (file === undefined) {
    return { document: { ...credentials, created }, text: JSON.stringify(credentials, null, 2) };
  }
  writeCredentials(file, credentials);
  return { document: { gatewayId, username, file, created }, text: `${news}: ${file}` };
}

/** The existing file, if any, was accepted before the request went out. */
function writeCredentials(file: string, credentials: object): void {
  try {
    writeWholeFile(file, `${JSON.stringify(credentials, null, 2)}\n`, { force: true, mode: 0o600 });
  } catch (cause) {
    throw new LlnError('STORAGE_FAILED', `${file} was not written: enrol the gateway again`, { file }, cause);
  }
}
