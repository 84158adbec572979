/** Where `liquid-lln up` keeps what: one folder that may be deleted as a whole. */
export interface FirstTryPaths {
  readonly folder: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly coordinatorConfig: string;
  readonly coordinatorData: string;
  readonly coordinatorLog: string;
  readonly agentConfig: string;
  readonly agentData: string;
  readonly agentLog: string;
  readonly agentPassword: string;
  readonly boardFlash: string;
  readonly boardLine: string;
  readonly boardLog: string;
}

/** The one gateway of a first try. */
export const firstTryGateway = 'sim-1';
/** Its board, as its configuration names it and as a device. */
const boardName = 'board';
export const firstTryBoard: string = `${firstTryGateway}.${boardName}`;

export function firstTryPaths(folder: string): FirstTryPaths {
  return {
    folder,
    privateKey: `${folder}/keys/local.key`,
    publicKey: `${folder}/keys/local.pub`,
    coordinatorConfig: `${folder}/coordinator.json`,
    coordinatorData: `${folder}/coordinator`,
    coordinatorLog: `${folder}/coordinator.log`,
    agentConfig: `${folder}/agent.json`,
    agentData: `${folder}/agent`,
    agentLog: `${folder}/agent.log`,
    agentPassword: `${folder}/agent.password`,
    boardFlash: `${folder}/board.flash`,
    boardLine: `${folder}/board.line`,
    boardLog: `${folder}/board.log`,
  };
}

/** The configuration of the coordinator. */
export function coordinatorConfigOf(paths: FirstTryPaths, port: number): object {
  return {
    dataDir: paths.coordinatorData,
    listen: { host: '127.0.0.1', port },
    trustedKeys: [paths.publicKey],
  };
}

/** What of an agent's configuration is known only when it starts. */
export interface AgentPlace {
  readonly brokerUrl: string;
  readonly httpPort: number;
  readonly hasBoard: boolean;
}

/** The configuration of the agent, once the coordinator's address is known. */
export function agentConfigOf(paths: FirstTryPaths, { brokerUrl, httpPort, hasBoard }: AgentPlace): object {
  return {
    gatewayId: firstTryGateway,
    environment: 'simulation',
    site: 'local',
    dataDir: paths.agentData,
    trustedKeys: [paths.publicKey],
    broker: { url: brokerUrl, passwordFile: paths.agentPassword },
    http: { host: '127.0.0.1', port: httpPort },
    boards: hasBoard ? [{ name: boardName, port: paths.boardLine, kind: 'posix' }] : [],
  };
}

export interface FirstTry {
  readonly paths: FirstTryPaths;
  readonly brokerUrl: string;
  readonly agentUrl: string;
  /** Why there is no board; null if there is one. */
  readonly boardFault: string | null;
  /** Whether the commands find the coordinator without being told. */
  readonly isUsualFolder: boolean;
}

/** What runs, and what to type next. */
export function firstTryText({ paths, brokerUrl, agentUrl, boardFault, isUsualFolder }: FirstTry): string {
  const config = isUsualFolder ? '' : ` --config ${paths.coordinatorData}/operator.json`;
  const body = '{"input":[21.2,26.5,420,720]}';
  const example = 'examples/occupancy/occupancy-cfc';
  return [
    `coordinator  ${brokerUrl}  (log: ${paths.coordinatorLog})`,
    `agent ${firstTryGateway}  ${agentUrl}  (log: ${paths.agentLog})`,
    boardFault === null
      ? `board ${firstTryBoard}  ${paths.boardLine}  (log: ${paths.boardLog})`
      : `no board: ${boardFault}`,
    '',
    'Next, in another terminal:',
    '',
    `  liquid-lln pack --weights ${example}.safetensors --config ${example}.json \\`,
    `    --name occupancy-cfc --version 1.0.0 --key ${paths.privateKey} -o occupancy-cfc.liquid`,
    `  liquid-lln deploy --target simulation --model occupancy-cfc.liquid --soak 5s${config}`,
    `  curl -X POST ${agentUrl}/inference -d '${body}'`,
    ...(boardFault === null ? [`  curl -X POST '${agentUrl}/inference?device=${firstTryBoard}' -d '${body}'`] : []),
    `  liquid-lln health --target simulation${config}`,
    '',
    'Ctrl-C here stops all of it.',
  ].join('\n');
}
