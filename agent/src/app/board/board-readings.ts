import type { BoardFigures, DeviceKind } from '@liquid-lln/protocol';
import { unknownSystem } from '../../domain/unknown-system.js';
import type { BoardHealth } from '../../ports/board.js';
import type { SensorReadings } from '../../ports/sensors.js';

/** Erasures of a sector that the maker promises; flash that is only simulated does not wear. */
const erasuresMaxOf: Partial<Record<DeviceKind, number>> = { stm32h743: 10_000 };

export interface BoardFacts {
  /** Null while the board does not answer. */
  readonly health: BoardHealth | null;
  readonly identity: { readonly id: string; readonly kind: DeviceKind | null; readonly firmwareVersion: string };
  readonly linkUs: number | null;
  readonly gateway: SensorReadings;
}

/** A board's figures as those of a device: what is measured there and what the agent beside it takes. */
export function toReadings({ health, identity, linkUs, gateway }: BoardFacts): SensorReadings {
  const { agentRssBytes, uptimeSeconds } = gateway.system;
  const system = { ...unknownSystem, agentRssBytes };
  if (health === null) {
    return { energyMw: null, temperatureC: null, memoryRatio: null, system: { ...system, uptimeSeconds } };
  }
  const { temperatureC, powerMw, uptimeMs } = health;
  return {
    energyMw: powerMw,
    temperatureC: temperatureC === null ? null : { value: temperatureC, source: 'board' },
    memoryRatio: null,
    system: { ...system, uptimeSeconds: uptimeMs / 1_000 },
    board: toFigures(health, identity, linkUs),
  };
}

function toFigures(health: BoardHealth, identity: BoardFacts['identity'], linkUs: number | null): BoardFigures {
  const { resetCause, boots, reverts, erasures, stackBytes, stackBytesUsed } = health;
  return {
    id: identity.id,
    firmwareVersion: identity.firmwareVersion,
    resetCause,
    boots,
    reverts,
    erasures: [...erasures],
    erasuresMax: identity.kind === null ? null : (erasuresMaxOf[identity.kind] ?? null),
    stackBytesUsed,
    stackBytes,
    linkUs,
  };
}
