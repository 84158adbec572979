import {
  environmentSchema,
  fleetNameSchema,
  gatewayIdSchema,
  nonNegative,
  ratio,
  siteSchema,
} from '@liquid-lln/protocol';
import * as v from 'valibot';

const path = v.pipe(v.string(), v.minLength(1));
const name = v.nullable(v.pipe(v.string(), v.minLength(1)));

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}

/** A board at the end of a line. */
const boardSchema = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'must be 1 to 32 of a-z 0-9 _ -')),
    /** A serial device. */
    port: v.optional(path),
    baudRate: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1_200), v.maxValue(12_000_000))),
    /** A Unix socket. */
    socket: v.optional(path),
    /** What it must be; anything if it is left out. */
    kind: v.optional(v.picklist(['posix', 'mps2-an500', 'stm32h743'])),
  }),
  v.check((board) => (board.port === undefined) !== (board.socket === undefined), 'give either port or socket'),
  v.check((board) => board.baudRate === undefined || board.port !== undefined, 'baudRate is for a port'),
);

const sensorsSchema = v.pipe(
  v.strictObject({
    /** Which meter measures what a package's energy budget means. */
    energy: v.optional(v.picklist(['none', 'hwmon', 'rapl', 'model']), 'none'),
    /** Name of the chip that `hwmon` means; the first INA2xx, else the first that there is, if it is left out. */
    energyChip: v.optional(name, null),
    energyModel: v.optional(
      v.nullable(v.strictObject({ idleMw: nonNegative, njPerCycle: nonNegative, cpuMhz: nonNegative })),
      null,
    ),
    /** How far off the energy may be, as a share of itself. */
    energyUncertainty: v.optional(v.nullable(ratio), null),
    /** Name of a thermal zone or hwmon chip, with its label; the processor's if it is left out. */
    thermometer: v.optional(name, null),
    sysfsRoot: v.optional(path, '/sys'),
    procRoot: v.optional(path, '/proc'),
  }),
  v.check(
    ({ energy, energyModel, energyUncertainty }) =>
      (energy === 'model') === (energyModel !== null) && (energyModel === null || energyUncertainty !== null),
    'energy "model" needs energyModel and energyUncertainty, and no other has an energyModel',
  ),
  v.check(({ energy, energyChip }) => energyChip === null || energy === 'hwmon', 'energyChip is for energy "hwmon"'),
);

/** The agent's configuration file. Relative paths are relative to the file. */
export const agentConfigSchema = v.strictObject({
  gatewayId: gatewayIdSchema,
  environment: v.optional(environmentSchema, 'production'),
  site: v.optional(siteSchema, 'default'),
  fleet: v.optional(fleetNameSchema, 'default'),
  dataDir: path,
  /** PEM files of the public keys whose packages may run here. */
  trustedKeys: v.pipe(v.array(path), v.minLength(1, 'name at least one public key')),
  broker: v.pipe(
    v.strictObject({
      url: v.pipe(
        v.string(),
        v.regex(/^(?:mqtts?|wss?):\/\//, 'must begin with mqtt://, mqtts://, ws:// or wss://'),
        v.check((url) => URL.canParse(url), 'is no address'),
        // It is told in logs and by doctor, where secrets have no place.
        v.check((url) => !hasCredentials(url), 'give user and password as username and passwordFile'),
      ),
      /** The gateway's id unless the broker knows it by another name. */
      username: v.optional(v.string()),
      password: v.optional(v.string()),
      passwordFile: v.optional(path),
    }),
    v.check(
      (broker) => broker.password === undefined || broker.passwordFile === undefined,
      'give password or passwordFile, not both',
    ),
  ),
  http: v.optional(
    v.strictObject({
      host: v.optional(v.string(), '127.0.0.1'),
      /** 0: any free port. */
      port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 8_080),
    }),
    {},
  ),
  sensors: v.optional(sensorsSchema, {}),
  boards: v.optional(
    v.pipe(
      v.array(boardSchema),
      v.maxLength(63, 'a gateway has at most 63 boards'),
      v.check((boards) => new Set(boards.map(({ name }) => name)).size === boards.length, 'names must differ'),
    ),
    [],
  ),
  logLevel: v.optional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'),
});
export type AgentConfigFile = v.InferOutput<typeof agentConfigSchema>;
